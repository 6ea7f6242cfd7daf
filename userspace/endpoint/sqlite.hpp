// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <variant>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace podwire::endpoint {

// The row a query stands on. Columns count from zero; valid during the callback only.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  std::string text(int column) const;
  std::int64_t number(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// One connection to a SQLite database, on one thread. Statements are prepared for each call: they
// are few, and far cheaper than the write they belong to.
class Database {
 public:
  using Value = std::variant<std::int64_t, std::string>;

  static Result<Database> open(const std::string& path);

  Result<> run(const std::string& sql, std::initializer_list<Value> values = {},
               const std::function<void(const Row&)>& each = nullptr);
  // All of `work` or nothing of it.
  Result<> transaction(const std::function<Result<>()>& work);

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };

  Error error(const std::string& doing) const;

  std::string path_;
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace podwire::endpoint
