// SPDX-License-Identifier: Apache-2.0
#include "api/codec.hpp"

namespace podwire::api {

Result<json::value> parse(std::string_view text) {
  boost::json::error_code failure;
  json::parse_options options;
  options.max_depth = 16;
  json::value value = json::parse(text, failure, {}, options);
  if (failure) return fail(Errc::invalid_argument, "not JSON: " + failure.message());
  return value;
}

}  // namespace podwire::api
