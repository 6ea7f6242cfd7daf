// SPDX-License-Identifier: Apache-2.0
#include "ctl/table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace podwire::ctl {

namespace {

constexpr std::size_t gap = 3;
constexpr std::size_t narrowest = 6;  // with the gap

std::string shown(const std::string& cell) {
  return cell.empty() ? "<none>" : without_control_characters(cell);
}

std::vector<std::size_t> widths(const std::vector<Table::Row>& rows) {
  std::vector<std::size_t> result(rows.front().size(), narrowest);
  for (const Table::Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      result[i] = std::max(result[i], shown(row[i]).size() + gap);
  }
  return result;
}

}  // namespace

std::string Table::text() const {
  const auto width = widths(rows_);
  std::string text;
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string cell = shown(row[i]);
      if (i + 1 < row.size()) cell.resize(width[i], ' ');
      text += cell;
    }
    text += '\n';
  }
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

}  // namespace podwire::ctl
