// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <dirent.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace podwire::fakes {

// A directory of its own below the test's temporary directory; gone, with what is in it, at the
// end.
class ScratchDirectory {
 public:
  ScratchDirectory() : path_(::testing::TempDir() + "podwire-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    if (DIR* directory = ::opendir(path_.c_str())) {
      while (const dirent* entry = ::readdir(directory))
        ::unlinkat(::dirfd(directory), entry->d_name, 0);
      ::closedir(directory);
    }
    ::rmdir(path_.c_str());
  }

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace podwire::fakes
