// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

// The kinds of value a key can have. Each names its type and what it allows in the words of the
// documentation, reads a scalar, and shows a value as one writes it in the file. Errors say what
// was expected and what was found; the reader puts file, line and key in front.
namespace podwire::config {

struct Scalar {
  std::string text;
  bool quoted = false;
};

// Text from the file for an error message: cut short, without control characters.
std::string in_quotes(std::string_view text);

struct Name {
  std::size_t longest;

  std::string type() const { return "name"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::string& to) const;
  std::string show(const std::string& value) const { return value; }
};

struct Choice {
  std::vector<std::string> choices;

  std::string type() const { return "word"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::string& to) const;
  std::string show(const std::string& value) const { return value; }
};

struct Path {
  std::size_t longest;

  std::string type() const { return "path"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::string& to) const;
  std::string show(const std::string& value) const { return value; }
};

struct Number {
  std::uint32_t least;
  std::uint32_t most;

  std::string type() const { return "whole number"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::uint32_t& to) const;
  Result<> read(const Scalar& from, std::chrono::seconds& to) const;
  std::string show(std::uint32_t value) const { return std::to_string(value); }
  std::string show(std::chrono::seconds value) const { return std::to_string(value.count()); }
};

struct NumberOrAuto {
  Number number;

  std::string type() const { return number.type(); }
  std::string allowed() const { return "auto, or " + number.allowed(); }
  Result<> read(const Scalar& from, std::optional<std::uint32_t>& to) const;
  std::string show(const std::optional<std::uint32_t>& value) const;
};

// Itself, or by a source (source.hpp): the range may be the node's, and the file that of all nodes.
struct PodPrefix {
  net::Family family;
  std::uint8_t shortest;
  std::uint8_t longest;

  std::string type() const { return "prefix"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::optional<net::Prefix>& to) const;
  std::string show(const std::optional<net::Prefix>& value) const {
    return value ? value->text() : "";
  }

 private:
  Result<> read_text(const std::string& text, std::optional<net::Prefix>& to) const;
};

// Read one by one, each after the others.
struct PrefixList {
  std::size_t most;

  std::string type() const { return "list of prefixes"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::vector<net::Prefix>& to) const;
  std::string show(const std::vector<net::Prefix>& value) const;
};

struct Switch {
  std::string type() const { return "true or false"; }
  std::string allowed() const { return type(); }
  Result<> read(const Scalar& from, bool& to) const;
  std::string show(bool value) const { return value ? "true" : "false"; }
};

struct NodeAddress {
  net::Family family;

  std::string type() const { return "address"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::optional<net::Address>& to) const;
  std::string show(const std::optional<net::Address>& value) const {
    return value ? value->text() : "auto";
  }
};

struct Listen {
  std::string type() const { return "address:port"; }
  std::string allowed() const;
  Result<> read(const Scalar& from, std::optional<HttpListen>& to) const;
  std::string show(const std::optional<HttpListen>& value) const;
};

}  // namespace podwire::config
