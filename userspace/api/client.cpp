// SPDX-License-Identifier: Apache-2.0
#include "api/client.hpp"

#include <utility>

#include "api/connection.hpp"
#include "api/errc_name.hpp"
#include "api/frame.hpp"

namespace podwire::api {

namespace {

// What the agent sent makes no sense; that is no fault of the caller's request.
tl::unexpected<Error> bad_answer(const std::string& why) {
  return fail(Errc::corrupt, "answer of the agent: " + why);
}

Result<json::value> receive_frame(Connection& connection) {
  FrameHeader header;
  auto received = connection.receive({reinterpret_cast<char*>(header.data()), header.size()});
  if (!received) return tl::unexpected(received.error());
  auto length = frame_length(header, agent_api::max_reply_bytes);
  if (!length) return bad_answer(length.error().what);
  std::string text(*length, '\0');
  received = connection.receive(text);
  if (!received) return tl::unexpected(received.error());
  auto answer = parse(text);
  if (!answer) return bad_answer(answer.error().what);
  return answer;
}

Result<json::value> content_of(const json::value& answer) {
  if (!answer.is_object()) return bad_answer("not an object");
  const json::object& fields = answer.get_object();
  if (const json::value* reply = fields.if_contains("reply")) return *reply;
  const json::value* reported = fields.if_contains("error");
  agent_api::ErrorReply error;
  if (reported == nullptr || !decode(*reported, error, "error")) {
    return bad_answer("neither a reply nor an error");
  }
  return fail(errc_from_name(error.code), error.message);
}

}  // namespace

Client::Client(std::string socket_path, std::chrono::milliseconds patience,
               std::chrono::milliseconds timeout)
    : socket_path_(std::move(socket_path)), patience_(patience), timeout_(timeout) {}

Result<json::value> Client::exchange(const char* operation, json::value request, int netns) const {
  json::object message;
  message["operation"] = operation;
  message["request"] = std::move(request);
  auto frame = make_frame(message, agent_api::max_request_bytes);
  if (!frame) return in("request to the agent", frame);
  auto connection = Connection::open(socket_path_, patience_, timeout_);
  if (!connection) return tl::unexpected(connection.error());
  auto sent = connection->send(*frame, netns);
  if (!sent) return tl::unexpected(sent.error());
  auto answer = receive_frame(*connection);
  if (!answer) return tl::unexpected(answer.error());
  return content_of(*answer);
}

}  // namespace podwire::api
