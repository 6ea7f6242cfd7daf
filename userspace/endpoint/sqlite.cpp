// SPDX-License-Identifier: Apache-2.0
#include "endpoint/sqlite.hpp"

#include <sqlite3.h>

namespace podwire::endpoint {

namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

void bind(sqlite3_stmt* statement, int position, const Database::Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(statement, position, *number);
  } else {
    const auto& text = std::get<std::string>(value);
    // A null destructor is SQLITE_STATIC: the text outlives the statement.
    sqlite3_bind_text(statement, position, text.data(), static_cast<int>(text.size()), nullptr);
  }
}

}  // namespace

std::string Row::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes ? std::string(bytes,
                             static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
               : std::string();
}

std::int64_t Row::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

void Database::Close::operator()(sqlite3* connection) const {
  sqlite3_close(connection);
}

Error Database::error(const std::string& doing) const {
  const int code = sqlite3_errcode(connection_.get()) & 0xff;
  const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  return Error{damaged ? Errc::corrupt : Errc::system,
               doing + " in database " + path_ + ": " + sqlite3_errmsg(connection_.get()) +
                   (damaged ? "; move the file away and start the pods of this node again" : "")};
}

Result<Database> Database::open(const std::string& path) {
  Database database;
  database.path_ = path;
  sqlite3* connection = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &connection,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  database.connection_.reset(connection);
  if (status != SQLITE_OK) return tl::unexpected(database.error("open"));
  // WAL survives kill -9 at any instruction without a sync for each commit; a power failure may
  // take the last commits with it, and the pods are gone then as well.
  for (const char* pragma :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"}) {
    if (auto set = database.run(pragma); !set) return tl::unexpected(set.error());
  }
  return database;
}

Result<> Database::run(const std::string& sql, std::initializer_list<Value> values,
                       const std::function<void(const Row&)>& each) {
  sqlite3_stmt* prepared = nullptr;
  const auto length = static_cast<int>(sql.size());
  if (sqlite3_prepare_v2(connection_.get(), sql.c_str(), length, &prepared, nullptr) != SQLITE_OK) {
    return tl::unexpected(error("prepare '" + sql + "'"));
  }
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(prepared);
  int position = 0;
  for (const Value& value : values) bind(statement.get(), ++position, value);
  int status = SQLITE_ROW;
  while ((status = sqlite3_step(statement.get())) == SQLITE_ROW) {
    if (each) each(Row(statement.get()));
  }
  if (status != SQLITE_DONE) return tl::unexpected(error("run '" + sql + "'"));
  return {};
}

Result<> Database::transaction(const std::function<Result<>()>& work) {
  if (auto begun = run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = work();
  if (done) done = run("COMMIT");
  if (!done) std::ignore = run("ROLLBACK");  // the first error is the one to tell
  return done;
}

}  // namespace podwire::endpoint
