// SPDX-License-Identifier: Apache-2.0
#include "ctl/table.hpp"

#include <algorithm>

namespace podwire::ctl {

namespace {

constexpr std::size_t gap = 3;
constexpr std::size_t narrowest = 6;  // with the gap

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7f;
}

std::string shown(const std::string& cell) {
  std::string text = cell.empty() ? "<none>" : cell;
  std::ranges::replace_if(text, is_control, '?');
  return text;
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
