#pragma once
// What a value must satisfy, given after the target in Reader::Get. A check returns what is wrong.
//
//   reader.Get("port", &config.port, Between(1, 65535));

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/convert.hpp"

namespace mp::config {

template <typename Low, typename High>
struct Between {
    Between(Low lowest, High highest) : low(lowest), high(highest) {}

    template <typename T>
    std::optional<std::string> operator()(const T& value) const {
        if (static_cast<T>(low) <= value && value <= static_cast<T>(high)) return std::nullopt;
        return "must lie between " + Render(static_cast<T>(low)) + " and " +
               Render(static_cast<T>(high)) + ", got " + Render(value);
    }

    Low low;
    High high;
};

template <typename Bound>
struct AtLeast {
    explicit AtLeast(Bound lowest) : low(lowest) {}

    template <typename T>
    std::optional<std::string> operator()(const T& value) const {
        if (static_cast<T>(low) <= value) return std::nullopt;
        return "must be at least " + Render(static_cast<T>(low)) + ", got " + Render(value);
    }

    Bound low;
};

// Texts and lists.
struct NotEmpty {
    template <typename T>
    std::optional<std::string> operator()(const T& value) const {
        if (!value.empty()) return std::nullopt;
        return "must not be empty";
    }
};

// One of some texts; of a list, each item.
class OneOf {
  public:
    OneOf(std::initializer_list<std::string> allowed) : allowed_(allowed) {}
    explicit OneOf(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

    std::optional<std::string> operator()(const std::string& value) const;
    std::optional<std::string> operator()(const std::vector<std::string>& values) const;

  private:
    std::vector<std::string> allowed_;
};

// "http://host:port/..." with one of the schemes.
class Url {
  public:
    Url(std::initializer_list<std::string> schemes) : schemes_(schemes) {}

    std::optional<std::string> operator()(const std::string& value) const;

  private:
    std::vector<std::string> schemes_;
};

}  // namespace mp::config
