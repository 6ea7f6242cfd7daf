// SPDX-License-Identifier: Apache-2.0
#include "endpoint/store.hpp"

#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>

namespace podwire::endpoint {

namespace {

// Each step takes the database from the version of its index to the next; steps are never changed
// once released.
constexpr const char* migrations[] = {
    R"(
    CREATE TABLE attachments(
      network TEXT NOT NULL, container_id TEXT NOT NULL, ifname TEXT NOT NULL,
      pod_namespace TEXT NOT NULL, pod_name TEXT NOT NULL, pod_uid TEXT NOT NULL,
      netns_path TEXT NOT NULL, netns_device INTEGER NOT NULL, netns_inode INTEGER NOT NULL,
      host_name TEXT NOT NULL UNIQUE, host_mac TEXT NOT NULL, pod_mac TEXT NOT NULL, mtu INTEGER NOT NULL,
      ipv4 TEXT NOT NULL, ipv6 TEXT NOT NULL, slot INTEGER NOT NULL UNIQUE, attached_at INTEGER NOT NULL,
      PRIMARY KEY(network, container_id, ifname)))",
    R"(
    CREATE TABLE probes(
      host_name TEXT NOT NULL REFERENCES attachments(host_name) ON DELETE CASCADE,
      tcp_port INTEGER NOT NULL, period_ms INTEGER NOT NULL, timeout_ms INTEGER NOT NULL,
      PRIMARY KEY(host_name, tcp_port)))",
    R"(
    CREATE TABLE bandwidth(
      host_name TEXT PRIMARY KEY REFERENCES attachments(host_name) ON DELETE CASCADE,
      ingress_rate INTEGER NOT NULL, ingress_burst INTEGER NOT NULL,
      egress_rate INTEGER NOT NULL, egress_burst INTEGER NOT NULL))",
    "CREATE TABLE released(address TEXT PRIMARY KEY, released_at INTEGER NOT NULL)",
    "CREATE TABLE boot(id TEXT NOT NULL)",
};

std::int64_t seconds(Time time) {
  return time.time_since_epoch().count();
}
Time time_of(std::int64_t value) {
  return Time(std::chrono::seconds(value));
}

std::string text_of(const std::optional<net::Address>& address) {
  return address ? address->text() : std::string();
}

std::optional<net::Address> address_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto address = net::Address::parse(text);
  return address ? std::optional(*address) : std::nullopt;
}

Attachment attachment_of(const Row& row) {
  Attachment attachment;
  attachment.id = {row.text(0), row.text(1), row.text(2)};
  attachment.pod = {row.text(3), row.text(4), row.text(5)};
  attachment.netns_path = row.text(6);
  attachment.netns = {static_cast<dev_t>(row.number(7)), static_cast<ino_t>(row.number(8))};
  attachment.wiring.host_name = row.text(9);
  attachment.wiring.pod_name = attachment.id.ifname;
  attachment.wiring.host_mac = net::Mac::parse(row.text(10)).value_or(net::Mac{});
  attachment.wiring.pod_mac = net::Mac::parse(row.text(11)).value_or(net::Mac{});
  attachment.wiring.mtu = static_cast<std::uint32_t>(row.number(12));
  attachment.wiring.ipv4 = address_of(row.text(13));
  attachment.wiring.ipv6 = address_of(row.text(14));
  attachment.slot = static_cast<std::uint32_t>(row.number(15));
  attachment.attached_at = time_of(row.number(16));
  return attachment;
}

Result<UniqueFd> lock_directory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) < 0 && errno != EEXIST)
    return fail_errno("create state directory " + directory);
  const std::string path = directory + "/lock";
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail_errno("open " + path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return fail_errno("lock " + path);
  return fail(
      Errc::unavailable,
      "state directory " + directory +
          " is in use by another podwired: stop that one, or give this one its own state_dir");
}

}  // namespace

Result<std::string> current_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (std::getline(file, id)) return id;
  return fail(Errc::system, "read /proc/sys/kernel/random/boot_id");
}

Result<Store> Store::open(const std::string& directory, const std::string& boot_id, Time now) {
  auto lock = lock_directory(directory);
  if (!lock) return tl::unexpected(lock.error());
  auto database = Database::open(directory + "/podwire.db");
  if (!database) return tl::unexpected(database.error());
  Store store(std::move(*lock), std::move(*database));
  if (auto migrated = store.migrate(); !migrated) return tl::unexpected(migrated.error());
  if (auto entered = store.enter_boot(boot_id, now); !entered)
    return tl::unexpected(entered.error());
  return store;
}

Result<> Store::migrate() {
  std::int64_t version = 0;
  auto read =
      database_.run("PRAGMA user_version", {}, [&](const Row& row) { version = row.number(0); });
  if (!read) return read;
  const auto newest = static_cast<std::int64_t>(std::size(migrations));
  if (version > newest) {
    return fail(Errc::corrupt, "the database is of a newer podwired (schema " +
                                   std::to_string(version) + ", this one knows " +
                                   std::to_string(newest) + "): install that version again");
  }
  return database_.transaction([&]() -> Result<> {
    for (; version < newest; ++version) {
      if (auto step = database_.run(migrations[version]); !step) return step;
    }
    return database_.run("PRAGMA user_version=" + std::to_string(newest));
  });
}

Result<> Store::enter_boot(const std::string& boot_id, Time now) {
  std::string stored;
  auto read =
      database_.run("SELECT id FROM boot", {}, [&](const Row& row) { stored = row.text(0); });
  // Older than any reuse delay the configuration allows.
  constexpr std::chrono::hours day{24};
  auto pruned = database_.run("DELETE FROM released WHERE released_at < ?", {seconds(now - day)});
  if (!pruned) return pruned;
  if (!read || stored == boot_id) return read;
  return database_.transaction([&]() -> Result<> {
    for (const char* column : {"ipv4", "ipv6"}) {
      auto released = database_.run(std::string("INSERT OR REPLACE INTO released SELECT ") +
                                        column + ", ? FROM attachments WHERE " + column + " <> ''",
                                    {seconds(now)});
      if (!released) return released;
    }
    if (auto dropped = database_.run("DELETE FROM attachments"); !dropped) return dropped;
    if (auto forgotten = database_.run("DELETE FROM boot"); !forgotten) return forgotten;
    return database_.run("INSERT INTO boot VALUES(?)", {boot_id});
  });
}

Result<std::vector<Attachment>> Store::attachments() {
  std::vector<Attachment> found;
  auto read = database_.run("SELECT * FROM attachments ORDER BY slot", {},
                            [&](const Row& row) { found.push_back(attachment_of(row)); });
  if (!read) return tl::unexpected(read.error());
  for (Attachment& attachment : found) {
    if (auto probes = read_probes(attachment); !probes) return tl::unexpected(probes.error());
    if (auto limits = read_bandwidth(attachment); !limits) return tl::unexpected(limits.error());
  }
  return found;
}

Result<> Store::read_probes(Attachment& attachment) {
  return database_.run(
      "SELECT tcp_port, period_ms, timeout_ms FROM probes WHERE host_name = ? ORDER BY tcp_port",
      {attachment.wiring.host_name}, [&](const Row& row) {
        attachment.probes.push_back({.tcp_port = static_cast<std::uint16_t>(row.number(0)),
                                     .period_ms = static_cast<std::uint32_t>(row.number(1)),
                                     .timeout_ms = static_cast<std::uint32_t>(row.number(2))});
      });
}

Result<std::vector<std::pair<net::Address, Time>>> Store::released() {
  std::vector<std::pair<net::Address, Time>> found;
  auto read = database_.run("SELECT address, released_at FROM released ORDER BY released_at", {},
                            [&](const Row& row) {
                              if (auto address = net::Address::parse(row.text(0)))
                                found.emplace_back(*address, time_of(row.number(1)));
                            });
  if (!read) return tl::unexpected(read.error());
  return found;
}

Result<> Store::insert(const Attachment& a) {
  return database_.transaction([&]() -> Result<> {
    auto inserted = database_.run(
        "INSERT INTO attachments VALUES(?,?,?, ?,?,?, ?,?,?, ?,?,?,?, ?,?,?,?)",
        {a.id.network, a.id.container_id, a.id.ifname, a.pod.pod_namespace, a.pod.name, a.pod.uid,
         a.netns_path, static_cast<std::int64_t>(a.netns.device),
         static_cast<std::int64_t>(a.netns.inode), a.wiring.host_name, a.wiring.host_mac.text(),
         a.wiring.pod_mac.text(), std::int64_t{a.wiring.mtu}, text_of(a.wiring.ipv4),
         text_of(a.wiring.ipv6), std::int64_t{a.slot}, seconds(a.attached_at)});
    if (!inserted) return inserted;
    for (const net::Address& address : addresses_of(a.wiring)) {
      auto forgotten = database_.run("DELETE FROM released WHERE address = ?", {address.text()});
      if (!forgotten) return forgotten;
    }
    if (auto limits = insert_bandwidth(a); !limits) return limits;
    return insert_probes(a);
  });
}

Result<> Store::insert_bandwidth(const Attachment& attachment) {
  const auto& [ingress, egress] = attachment.bandwidth;
  if (attachment.bandwidth == agent_api::Bandwidth{}) return {};
  const auto number = [](std::uint64_t bits) { return static_cast<std::int64_t>(bits); };
  return database_.run(
      "INSERT INTO bandwidth VALUES(?, ?,?, ?,?)",
      {attachment.wiring.host_name, number(ingress.bits_per_second), number(ingress.burst_bits),
       number(egress.bits_per_second), number(egress.burst_bits)});
}

Result<> Store::read_bandwidth(Attachment& attachment) {
  return database_.run(
      "SELECT ingress_rate, ingress_burst, egress_rate, egress_burst FROM bandwidth"
      " WHERE host_name = ?",
      {attachment.wiring.host_name}, [&](const Row& row) {
        const auto bits = [&](int column) {
          return static_cast<std::uint64_t>(row.number(column));
        };
        set_bandwidth(attachment, {.ingress = {bits(0), bits(1)}, .egress = {bits(2), bits(3)}});
      });
}

Result<> Store::insert_probes(const Attachment& attachment) {
  for (const agent_api::Probe& probe : attachment.probes) {
    auto inserted = database_.run("INSERT INTO probes VALUES(?,?,?,?)",
                                  {attachment.wiring.host_name, std::int64_t{probe.tcp_port},
                                   std::int64_t{probe.period_ms}, std::int64_t{probe.timeout_ms}});
    if (!inserted) return inserted;
  }
  return {};
}

Result<> Store::set_probes(const Attachment& attachment) {
  return database_.transaction([&]() -> Result<> {
    auto cleared =
        database_.run("DELETE FROM probes WHERE host_name = ?", {attachment.wiring.host_name});
    if (!cleared) return cleared;
    return insert_probes(attachment);
  });
}

Result<> Store::erase(const Attachment& attachment, Time now) {
  return database_.transaction([&]() -> Result<> {
    for (const net::Address& address : addresses_of(attachment.wiring)) {
      auto released = database_.run("INSERT OR REPLACE INTO released VALUES(?,?)",
                                    {address.text(), seconds(now)});
      if (!released) return released;
    }
    return database_.run("DELETE FROM attachments WHERE host_name = ?",
                         {attachment.wiring.host_name});
  });
}

}  // namespace podwire::endpoint
