// SPDX-License-Identifier: Apache-2.0
#include "cni/link_removal.hpp"

#include <net/if.h>
#include <sched.h>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "cni/commands.hpp"
#include "net/netlink_socket.hpp"
#include "net/netns.hpp"
#include "net/requests.hpp"

// Each test works in a child process with a network namespace of its own, so that the host's links
// are not touched.
namespace podwire::cni {

namespace {

// Ends a child; which step failed is its exit status.
void require(bool done, int step) {
  if (!done) ::_exit(step);
}

void enter_new_netns() {
  require(::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0, 10);
}

bool exists(const std::string& link) {
  return ::if_nametoindex(link.c_str()) != 0;
}

void make_pair(const std::string& host_end) {
  net::Wiring wiring;
  wiring.host_name = host_end;
  wiring.pod_name = "eth0";
  wiring.host_mac = net::Mac::random();
  wiring.pod_mac = net::Mac::random();
  auto here = net::Netns::current();
  auto socket = net::NetlinkSocket::open();
  require(here && socket, 20);
  net::NetlinkBatch batch;
  net::requests::create_pair(batch, wiring, here->fd());
  require(socket->transact(batch).has_value(), 21);
  require(exists(host_end) && exists("eth0"), 22);
}

Request request_without_agent() {
  Request request;
  request.id = {"net", "c1", "eth0"};
  request.config.socket = "/nowhere/agent.sock";
  return request;
}

TEST(LinkRemoval, TakesBothEndsOfThePair) {
  EXPECT_EXIT(
      {
        enter_new_netns();
        make_pair("pwhost");
        require(remove_link("pwhost").has_value(), 30);
        require(!exists("pwhost") && !exists("eth0"), 31);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(LinkRemoval, ALinkThatIsGoneIsNoError) {
  EXPECT_EXIT(
      {
        enter_new_netns();
        require(remove_link("pwhost").has_value(), 30);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(LinkRemoval, ALinkTheKernelKeepsIsAnError) {
  EXPECT_EXIT(
      {
        enter_new_netns();
        require(!remove_link("lo").has_value(), 30);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(LinkRemoval, DELWithoutAnAgentTakesTheLinkOfTheAttachmentAndNoOther) {
  EXPECT_EXIT(
      {
        enter_new_netns();
        const Request request = request_without_agent();
        make_pair("pwother");
        require(del(request).has_value() && exists("pwother"), 30);
        require(remove_link("pwother").has_value(), 31);
        make_pair(agent_api::host_link_name(request.id));
        require(del(request).has_value() && !exists("eth0"), 32);
        require(del(request).has_value(), 33);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace

}  // namespace podwire::cni
