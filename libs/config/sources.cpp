#include "config/sources.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "config/yaml.hpp"

namespace mp::config {
namespace {

enum Layer { kBase = 1, kEnvironmentFile, kLocal, kWellKnown, kVariable, kOverride };

// Collects the layers and what is wrong with them.
class Loader {
  public:
    explicit Loader(const Sources& sources) : sources_(sources) { tree_.kind = Node::Kind::kMap; }

    Result<Node> Load() {
        if (!sources_.directory.empty()) {
            LoadFile("base.yaml", kBase, true);
            LoadFile(
                sources_.environment + ".yaml", kEnvironmentFile, sources_.environment_required
            );
            LoadFile("local.yaml", kLocal, false);
        }
        LoadWellKnown();
        LoadVariables();
        LoadOverrides();
        if (!errors_.empty()) return absl::InvalidArgumentError(errors_);
        return std::move(tree_);
    }

  private:
    void Fail(std::string_view error) {
        if (!errors_.empty()) errors_ += '\n';
        errors_ += error;
    }

    void LoadFile(const std::string& name, Layer layer, bool required) {
        const std::string path = (sources_.directory / name).string();
        std::ifstream in(path, std::ios::binary);
        if (!in) {
            if (required || std::filesystem::exists(path)) Fail(path + ": cannot be read");
            return;
        }
        const std::string text{
            std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
        Result<Node> parsed = ParseYaml(text, Origin{path, 0, layer});
        if (!parsed.ok()) return Fail(MessageOf(parsed.status()));
        if (parsed->kind == Node::Kind::kNull) return;
        if (parsed->kind != Node::Kind::kMap) return Fail(path + ":1: must be a map of keys");
        Merge(*std::move(parsed), tree_);
    }

    void LoadWellKnown() {
        for (const auto& [variable, key] : sources_.well_known_names) {
            const auto found = sources_.variables.find(variable);
            if (found == sources_.variables.end() || found->second.empty()) continue;
            Set(key, found->second, Origin{"environment " + variable, 0, kWellKnown});
        }
    }

    void LoadVariables() {
        for (const auto& [name, value] : sources_.variables) {
            if (!name.starts_with("MP_") || name.find("__") == std::string::npos) continue;
            std::string key;
            for (size_t i = 3; i < name.size(); ++i) {
                const bool separates = name.compare(i, 2, "__") == 0;
                key += separates ? '.' : static_cast<char>(std::tolower(name[i]));
                if (separates) ++i;
            }
            Set(key, value, Origin{"environment " + name, 0, kVariable});
        }
    }

    void LoadOverrides() {
        for (const std::string& text : sources_.overrides) {
            const size_t equals = text.find('=');
            if (equals == std::string::npos || equals == 0) {
                Fail("--set " + text + ": must be key.path=value");
                continue;
            }
            const std::string key = text.substr(0, equals);
            Set(key, text.substr(equals + 1), Origin{"--set " + key, 0, kOverride});
        }
    }

    // Makes the maps on the way to the key, then merges the value in.
    void Set(const std::string& key, const std::string& text, const Origin& origin) {
        Result<Node> value = ValueOf(text, origin);
        if (!value.ok()) return Fail(MessageOf(value.status()));
        Node* place = &tree_;
        for (size_t begin = 0; begin <= key.size();) {
            const size_t end = std::min(key.find('.', begin), key.size());
            if (end == begin) return Fail(origin.ToString() + ": not a key");
            place = &Descend(*place, key.substr(begin, end - begin), origin);
            begin = end + 1;
        }
        Merge(*std::move(value), *place);
    }

    static Result<Node> ValueOf(const std::string& text, const Origin& origin) {
        if (text.starts_with('[') || text.starts_with('{')) {
            Result<Node> parsed = ParseYaml(text, origin);
            if (parsed.ok()) ForgetLines(*parsed);
            return parsed;
        }
        Node value;
        value.kind = Node::Kind::kScalar;
        value.scalar = text;
        value.origin = origin;
        return value;
    }

    static void ForgetLines(Node& node) {
        node.origin.line = 0;
        for (Node& item : node.items) ForgetLines(item);
        for (auto& [key, value] : node.entries) ForgetLines(value);
    }

    static Node& Descend(Node& parent, std::string name, const Origin& origin) {
        if (parent.kind != Node::Kind::kMap) {
            parent = Node{};
            parent.kind = Node::Kind::kMap;
            parent.origin = origin;
        }
        for (auto& [key, value] : parent.entries) {
            if (Fold(key) == Fold(name)) return value;
        }
        parent.entries.push_back({std::move(name), Node{}});
        Node& made = parent.entries.back().value;
        made.origin = origin;
        return made;
    }

    // Variables know neither case nor '-'.
    static std::string Fold(std::string_view key) {
        std::string folded(key);
        std::ranges::transform(folded, folded.begin(), [](char c) {
            return c == '-' ? '_' : static_cast<char>(std::tolower(c));
        });
        return folded;
    }

    const Sources& sources_;
    Node tree_;
    std::string errors_;
};

}  // namespace

std::map<std::string, std::string> ProcessEnvironment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

Result<Node> LoadTree(const Sources& sources) {
    return Loader(sources).Load();
}

}  // namespace mp::config
