#include "config/yaml.hpp"

#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace mp::config {
namespace {

constexpr int kMaxDepth = 32;

Status Error(const Origin& origin, const YAML::Mark& mark, std::string_view what) {
    Origin place = origin;
    place.line = mark.is_null() ? 0 : mark.line + 1;
    return absl::InvalidArgumentError(place.ToString() + ": " + std::string(what));
}

// Counts the documents of a text, two at most: yaml-cpp finds no end of them where a text begins
// with a comma.
class Documents final : public YAML::EventHandler {
  public:
    explicit Documents(const std::string& text) {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        while (count_ < 2 && parser.HandleNextDocument(*this)) {
        }
    }

    int count() const { return count_; }
    // Where the content of the last one begins.
    const YAML::Mark& last() const { return last_; }

  private:
    using Style = YAML::EmitterStyle::value;

    void OnDocumentStart(const YAML::Mark&) override {
        ++count_;
        begun_ = false;
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& at, YAML::anchor_t) override { Begin(at); }
    void OnAlias(const YAML::Mark& at, YAML::anchor_t) override { Begin(at); }
    void OnScalar(const YAML::Mark& at, const std::string&, YAML::anchor_t, const std::string&)
        override {
        Begin(at);
    }
    void OnSequenceStart(const YAML::Mark& at, const std::string&, YAML::anchor_t, Style) override {
        Begin(at);
    }
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& at, const std::string&, YAML::anchor_t, Style) override {
        Begin(at);
    }
    void OnMapEnd() override {}

    void Begin(const YAML::Mark& at) {
        if (!std::exchange(begun_, true)) last_ = at;
    }

    int count_ = 0;
    bool begun_ = false;
    YAML::Mark last_;
};

// yaml-cpp marks plain text "?" and quoted text "!".
bool IsQuoted(const YAML::Node& node) {
    return node.Tag() == "!";
}

Result<Node> Convert(const YAML::Node& from, const Origin& origin, int depth);

Status ConvertEntries(const YAML::Node& from, const Origin& origin, int depth, Node& to) {
    std::set<std::string> seen;
    for (const auto& pair : from) {
        const YAML::Node& key = pair.first;
        if (!key.IsScalar()) return Error(origin, key.Mark(), "a key must be plain text");
        if (!seen.insert(key.Scalar()).second) {
            return Error(origin, key.Mark(), "key \"" + key.Scalar() + "\" is given twice");
        }
        Result<Node> entry = Convert(pair.second, origin, depth);
        if (!entry.ok()) return entry.status();
        // An entry is where its key is: the value may begin further down.
        entry->origin.line = key.Mark().line + 1;
        to.entries.push_back({key.Scalar(), *std::move(entry)});
    }
    return OkStatus();
}

Status ConvertItems(const YAML::Node& from, const Origin& origin, int depth, Node& to) {
    for (const YAML::Node& value : from) {
        Result<Node> item = Convert(value, origin, depth);
        if (!item.ok()) return item.status();
        to.items.push_back(*std::move(item));
    }
    return OkStatus();
}

Result<Node> Convert(const YAML::Node& from, const Origin& origin, int depth) {
    // Also ends an alias that contains itself.
    if (depth >= kMaxDepth) return Error(origin, from.Mark(), "nested too deep");
    Node to;
    to.origin = origin;
    to.origin.line = from.Mark().is_null() ? 0 : from.Mark().line + 1;
    switch (from.Type()) {
        case YAML::NodeType::Scalar:
            to.kind = Node::Kind::kScalar;
            to.scalar = from.Scalar();
            to.quoted = IsQuoted(from);
            break;
        case YAML::NodeType::Sequence:
            to.kind = Node::Kind::kList;
            MP_RETURN_IF_ERROR(ConvertItems(from, origin, depth + 1, to));
            break;
        case YAML::NodeType::Map:
            to.kind = Node::Kind::kMap;
            MP_RETURN_IF_ERROR(ConvertEntries(from, origin, depth + 1, to));
            break;
        case YAML::NodeType::Null:
        case YAML::NodeType::Undefined:
            break;
    }
    return to;
}

int LastLine(const Node& node) {
    if (!node.items.empty()) return LastLine(node.items.back());
    if (!node.entries.empty()) return LastLine(node.entries.back().value);
    return node.origin.line;
}

// yaml-cpp takes a quote that is never closed for a text up to the end, which then swallows every
// key below it. It also swallows a key that is put behind everything.
Status CheckQuotes(const std::string& text, const Origin& origin, const Node& root) {
    constexpr char kProbe[] = "mp-end-of-file";
    try {
        const std::string longer = text + "\n" + kProbe + ": true\n";
        if (Documents(longer).count() != 1) return OkStatus();
        const YAML::Node probed = YAML::Load(longer);
        if (!probed.IsMap() || probed[kProbe]) return OkStatus();
    } catch (const YAML::Exception&) {
        return OkStatus();  // a map in braces, to which nothing can be added
    }
    Origin place = origin;
    place.line = LastLine(root);
    return absl::InvalidArgumentError(place.ToString() + ": a quote is not closed");
}

}  // namespace

Result<Node> ParseYaml(const std::string& text, const Origin& origin) {
    try {
        const Documents documents(text);
        if (documents.count() > 1) return Error(origin, documents.last(), "more than one document");
        if (documents.count() == 0) {
            Node nothing;
            nothing.origin = origin;
            return nothing;
        }
        Result<Node> root = Convert(YAML::Load(text), origin, 0);
        if (root.ok() && root->kind == Node::Kind::kMap) {
            MP_RETURN_IF_ERROR(CheckQuotes(text, origin, *root));
        }
        return root;
    } catch (const YAML::Exception& thrown) {
        return Error(origin, thrown.mark, thrown.msg);
    }
}

}  // namespace mp::config
