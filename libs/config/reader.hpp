#pragma once
// Reads a configuration tree into typed structs and collects every mistake instead of stopping at
// the first.
//
//   struct BusConfig { std::string url = "nats://127.0.0.1:4222"; Duration max_delay = 1ms; };
//
//   void Read(config::Reader& reader, BusConfig* config) {
//       reader.Get("url", &config->url, config::Url{"nats", "tls"});
//       reader.Get("batch.max_delay", &config->max_delay, config::Between(Duration(0),
//       Duration(1s)));
//   }
//
//   Reader reader(tree);
//   Reader bus = reader.Section("bus");
//   Read(bus, &config.bus);
//   MP_RETURN_IF_ERROR(reader.Finish());
//
// A library that has configuration puts such a Read beside its config struct. Keys may be paths. An
// absent key leaves the target as it is: the struct's initialisers are the defaults. All readers of
// one tree share what was read and what was wrong; Finish and Effective may be called on any of
// them. The tree outlives them. Not thread-safe.

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.hpp"
#include "config/changes.hpp"
#include "config/checks.hpp"
#include "config/convert.hpp"
#include "config/node.hpp"

namespace mp::config {

class Reader {
  public:
    explicit Reader(const Node& root);

    // A map below this one; reading from an absent one leaves all defaults.
    Reader Section(std::string_view key);

    // Each check takes the value and returns what is wrong with it (config/checks.hpp); of a
    // default it is not asked.
    template <typename T, typename... Checks>
    void Get(std::string_view key, T* out, const Checks&... checks) {
        const Node* node = Find(key);
        if (node) Take(key, *node, out, Convert(*node, *out), checks...);
        Record(key, node, Render(*out));
    }

    // As Get, but an absent key is an error.
    template <typename T, typename... Checks>
    void Require(std::string_view key, T* out, const Checks&... checks) {
        if (Find(key) == nullptr) Missing(key);
        Get(key, out, checks...);
    }

    // A number of bytes: 65536, 64KiB, 8MB.
    template <std::unsigned_integral T, typename... Checks>
    void GetBytes(std::string_view key, T* out, const Checks&... checks) {
        const Node* node = Find(key);
        uint64_t bytes = *out;
        if (node) Take(key, *node, &bytes, ConvertBytes(*node, bytes), checks...);
        *out = static_cast<T>(bytes);
        Record(key, node, Render(bytes));
    }

    // One of some names.
    template <typename E>
    void GetEnum(
        std::string_view key, E* out, std::initializer_list<std::pair<std::string_view, E>> names
    ) {
        std::string text;
        std::vector<std::string> allowed;
        for (const auto& [name, value] : names) {
            if (value == *out) text = name;
            allowed.emplace_back(name);
        }
        Get(key, &text, OneOf(std::move(allowed)));
        for (const auto& [name, value] : names) {
            if (name == text) *out = value;
        }
    }

    // A secret: never shown. `<key>_file` names a file that holds it instead (a relative path is
    // meant from the directory of the configuration file that says so); trailing line ends are cut
    // off.
    void GetSecret(std::string_view key, std::string* out);

    // Each entry of a map of sections, in the order of the file: venues.<name>.*
    void ForEach(
        std::string_view key,
        const std::function<void(const std::string& name, Reader& entry)>& read
    );

    bool Has(std::string_view key) const;

    // A key of old that is now an error: `pattern` is a key, or ends in * ("futures_*").
    void Replaced(std::string_view pattern, std::string_view advice);

    // Adds an error of the service's own, at the key.
    void Fail(std::string_view key, std::string_view message);

    // InvalidArgument with all errors, one a line: "<file>:<line>: <key path>: <what>". Keys that
    // nobody read are errors too, with the likely one suggested.
    Status Finish();

    // Everything that was read, defaults included, as YAML with the origin of each value as a
    // comment. Secrets, and passwords inside URLs, are masked.
    std::string Effective() const;
    // The same, to be compared with another reading.
    const Values& values() const;

  private:
    struct Context;

    Reader(std::shared_ptr<Context> context, const Node* node, std::string path, Origin origin);

    template <typename T, typename... Checks>
    void Take(
        std::string_view key,
        const Node& node,
        [[maybe_unused]] T* out,
        const ConvertError& error,
        const Checks&... checks
    ) {
        if (error) return Wrong(key, node, *error);
        (WrongIf(key, node, checks(*out)), ...);
    }
    void WrongIf(std::string_view key, const Node& node, const ConvertError& error) {
        if (error) Wrong(key, node, *error);
    }

    // Null when absent. Marks the key as known.
    const Node* Find(std::string_view key);
    // As Find, but marks nothing and gives an explicit null too.
    const Node* Lookup(std::string_view key) const;
    void ReadSecretFile(std::string_view key, const Node& node, std::string* out);
    std::string PathOf(std::string_view key) const;
    void Missing(std::string_view key);
    void Wrong(std::string_view key, const Node& node, std::string_view what);
    void Record(std::string_view key, const Node* node, std::string rendered);

    std::shared_ptr<Context> context_;
    const Node* node_;  // null: the section is absent
    std::string path_;
    Origin origin_;
};

}  // namespace mp::config
