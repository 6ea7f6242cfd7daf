// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.hpp"

namespace podwire {

// The content of a regular file of at most `most_bytes`; `meaning` says in errors what it is, such
// as "configuration". Never waits for a writer. What cannot be opened or read keeps the category of
// the system error; a file of another kind or size is invalid_argument.
Result<std::string> read_file(const std::string& path, const std::string& meaning,
                              std::size_t most_bytes);

}  // namespace podwire
