// SPDX-License-Identifier: Apache-2.0
#include "datapath/bpffs.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>
#include <podwire/abi.h>

namespace podwire::datapath {

Result<std::string> mount_bpffs(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) < 0 && errno != EEXIST)
    return fail_errno("create " + directory);
  struct statfs filesystem {};
  if (statfs(directory.c_str(), &filesystem) < 0) return fail_errno("inspect " + directory);
  if (filesystem.f_type != BPF_FS_MAGIC) {
    constexpr unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount("podwire", directory.c_str(), "bpf", flags, "mode=0700") < 0) {
      return fail_errno("mount a bpffs on " + directory + " (this needs CAP_SYS_ADMIN)");
    }
  }
  std::string pins = directory + "/v" + std::to_string(PW_ABI_VERSION);
  if (mkdir(pins.c_str(), 0700) < 0 && errno != EEXIST) return fail_errno("create " + pins);
  return pins;
}

Result<> unmount_bpffs(const std::string& directory) {
  // EINVAL: nothing is mounted there.
  if (umount(directory.c_str()) < 0 && errno != EINVAL && errno != ENOENT)
    return fail_errno("unmount " + directory);
  return {};
}

}  // namespace podwire::datapath
