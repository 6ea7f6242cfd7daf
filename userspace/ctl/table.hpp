// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace podwire::ctl {

// A table as kubectl draws it: left aligned, three spaces between columns, at least six characters
// from one column to the next, nothing behind the last. Control characters become `?`, so that no
// name from elsewhere moves the terminal's cursor.
class Table {
 public:
  using Row = std::vector<std::string>;

  explicit Table(Row headings) : rows_{std::move(headings)} {}

  // As many cells as there are headings; an empty cell is shown as <none>.
  void add(Row cells) { rows_.push_back(std::move(cells)); }
  std::string text() const;

 private:
  std::vector<Row> rows_;
};

// `a,b,c`.
std::string joined(const std::vector<std::string>& parts);

}  // namespace podwire::ctl
