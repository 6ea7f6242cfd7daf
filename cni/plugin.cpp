// SPDX-License-Identifier: Apache-2.0
#include "cni/plugin.hpp"

#include <utility>

#include "api/codec.hpp"
#include "cni/commands.hpp"
#include "cni/config_values.hpp"
#include "cni/result.hpp"

namespace podwire::cni {

namespace {

using std::chrono::milliseconds;

// A runtime writes the input before or right after it starts the plugin; this is for a loaded
// machine.
constexpr milliseconds input_timeout{30'000};
// VERSION needs no input, and must work for a person who only starts the plugin.
constexpr milliseconds version_input_timeout{1'000};

Answer failed(const CniError& error, SpecVersion version) {
  return {1, error_result(error, version), {}, {}};
}

Answer about() {
  std::string versions;
  for (const json::value& version : supported_versions()) {
    versions += (versions.empty() ? "" : ", ") + std::string(version.get_string());
  }
  return {0,
          {},
          "podwire CNI plugin; it is started by a container runtime and asks podwired.\n"
          "CNI protocol versions supported: " +
              versions + "\n",
          {}};
}

// The version in the input; the newest if there is none.
Answer answer_version(const Checked<std::string>& input) {
  const auto value = api::parse(input.value_or(""));
  const json::value* version =
      value && value->is_object() ? find(value->get_object(), "cniVersion") : nullptr;
  const bool usable =
      version != nullptr && version->is_string() && is_version(version->get_string());
  const std::string_view text =
      usable ? std::string_view(version->get_string()) : version_text(newest_version);
  return {0, version_result(text), {}, {}};
}

Answer answer_add(const Request& request) {
  auto result = add(request);
  if (!result) return failed(result.error(), request.version);
  // The runtime never learns of an attachment whose result it did not get.
  return {0, std::move(*result), {}, [request] { static_cast<void>(del(request)); }};
}

Answer answer_without_output(const Checked<>& done, SpecVersion version) {
  return done ? Answer{} : failed(done.error(), version);
}

Answer perform(const Request& request) {
  switch (request.environment.command) {
    case Command::add:
      return answer_add(request);
    case Command::del:
      return answer_without_output(del(request), request.version);
    case Command::check:
      return answer_without_output(check(request), request.version);
    case Command::status:
      return answer_without_output(status(request), request.version);
    case Command::none:
    case Command::version:
      break;
  }
  return failed({Code::internal, "command without a handler", {}}, request.version);
}

}  // namespace

Answer run(const Variables& variables, const InputReader& read_input) {
  auto environment = parse_environment(variables);
  if (!environment) return failed(environment.error(), newest_version);
  if (environment->command == Command::none) return about();
  if (environment->command == Command::version) {
    return answer_version(read_input(version_input_timeout));
  }
  auto input = read_input(input_timeout);
  if (!input) return failed(input.error(), newest_version);
  auto envelope = parse_envelope(*input, environment->command);
  if (!envelope) return failed(envelope.error(), newest_version);
  auto request = make_request(std::move(*environment), *envelope);
  if (!request) return failed(request.error(), envelope->version);
  return perform(*request);
}

}  // namespace podwire::cni
