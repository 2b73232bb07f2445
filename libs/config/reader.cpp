#include "config/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "base/hash.hpp"
#include "config/effective.hpp"

namespace mp::config {
namespace {

std::string Join(const std::string& path, std::string_view key) {
    if (path.empty()) return std::string(key);
    return key.empty() ? path : path + "." + std::string(key);
}

// Number of single-character edits between two words.
size_t EditDistance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

bool Matches(std::string_view pattern, std::string_view key) {
    if (!pattern.ends_with('*')) return pattern == key;
    return key.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

struct Reader::Context {
    struct Replacement {
        std::string section;
        std::string pattern;
        std::string advice;
    };

    const Node* root = nullptr;
    std::vector<std::string> errors;
    std::set<std::string> known;                            // paths somebody reads
    std::map<std::string, std::set<std::string>> siblings;  // section path -> known names in it
    std::vector<Replacement> replaced;
    EffectiveConfig effective;
    Values values;

    // Makes the path and its parents known.
    void Know(const std::string& path) {
        for (size_t dot = path.find('.');; dot = path.find('.', dot + 1)) {
            const std::string part = path.substr(0, dot);
            known.insert(part);
            const size_t last = part.rfind('.');
            siblings[last == std::string::npos ? "" : part.substr(0, last)].insert(
                last == std::string::npos ? part : part.substr(last + 1)
            );
            if (dot == std::string::npos) return;
        }
    }

    void Fail(const Origin& origin, const std::string& path, std::string_view what) {
        const std::string place = origin.ToString();
        const std::string error =
            (place.empty() ? "" : place + ": ") + path + ": " + std::string(what);
        if (std::ranges::find(errors, error) == errors.end()) errors.push_back(error);
    }

    std::string Suggestion(const std::string& section, const std::string& key) const {
        std::string nearest;
        size_t distance = std::max<size_t>(2, key.size() / 4) + 1;
        for (const std::string& name : siblings.at(section)) {
            if (EditDistance(name, key) >= distance) continue;
            nearest = name;
            distance = EditDistance(name, key);
        }
        return nearest.empty() ? "" : ", did you mean \"" + nearest + "\"?";
    }

    std::string AdviceFor(const std::string& section, const std::string& key) const {
        for (const Replacement& replacement : replaced) {
            if (replacement.section == section && Matches(replacement.pattern, key)) {
                return replacement.advice;
            }
        }
        return "";
    }

    void FindUnknown(const Node& node, const std::string& path) {
        for (const auto& [key, value] : node.entries) {
            const std::string full = Join(path, key);
            if (known.contains(full)) {
                if (siblings.contains(full)) FindUnknown(value, full);
                continue;
            }
            const std::string advice = AdviceFor(path, key);
            Fail(
                value.origin,
                full,
                advice.empty() ? "unknown key" + Suggestion(path, key)
                               : "is no longer used: " + advice
            );
        }
    }
};

Reader::Reader(const Node& root)
    : context_(std::make_shared<Context>()), node_(&root), origin_(root.origin) {
    context_->root = &root;
    context_->siblings[""];
}

Reader::Reader(std::shared_ptr<Context> context, const Node* node, std::string path, Origin origin)
    : context_(std::move(context)),
      node_(node),
      path_(std::move(path)),
      origin_(std::move(origin)) {}

std::string Reader::PathOf(std::string_view key) const {
    return Join(path_, key);
}

const Node* Reader::Find(std::string_view key) {
    context_->Know(PathOf(key));
    return Has(key) ? Lookup(key) : nullptr;
}

const Node* Reader::Lookup(std::string_view key) const {
    const Node* node = node_;
    for (size_t begin = 0; node != nullptr && begin <= key.size();) {
        const size_t end = std::min(key.find('.', begin), key.size());
        node = node->Find(key.substr(begin, end - begin));
        begin = end + 1;
    }
    return node;
}

bool Reader::Has(std::string_view key) const {
    const Node* node = Lookup(key);
    return node != nullptr && node->kind != Node::Kind::kNull;
}

Reader Reader::Section(std::string_view key) {
    const Node* node = Find(key);
    if (node != nullptr && node->kind != Node::Kind::kMap) {
        Wrong(key, *node, *ExpectMap(*node));
        node = nullptr;
    }
    context_->siblings[PathOf(key)];  // its keys are all to be known
    return Reader(context_, node, PathOf(key), node ? node->origin : origin_);
}

void Reader::ForEach(
    std::string_view key, const std::function<void(const std::string& name, Reader& entry)>& read
) {
    const Reader section = Section(key);
    if (section.node_ == nullptr) return;
    // Not by Section(name): a name may hold dots.
    for (const auto& [name, value] : section.node_->entries) {
        const std::string path = section.PathOf(name);
        context_->Know(path);
        context_->siblings[path];
        if (value.kind == Node::Kind::kNull) continue;
        if (const ConvertError error = ExpectMap(value)) {
            context_->Fail(value.origin, path, *error);
            continue;
        }
        Reader entry(context_, &value, path, value.origin);
        read(name, entry);
    }
}

void Reader::GetSecret(std::string_view key, std::string* out) {
    const std::string file_key = std::string(key) + "_file";
    const Node* direct = Find(key);
    const Node* file = Find(file_key);
    if (direct && file && direct->origin.layer == file->origin.layer) {
        return Wrong(file_key, *file, "is given beside " + std::string(key) + "; set one of them");
    }
    if (file && (!direct || file->origin.layer > direct->origin.layer)) {
        ReadSecretFile(file_key, *file, out);
        Record(file_key, file, Render(file->scalar));
    } else {
        if (direct) Take(key, *direct, out, Convert(*direct, *out));
        Record(key, direct, out->empty() ? "\"\"" : "\"******\"");
    }
    context_->values[PathOf(key)] = std::to_string(Fnv1a(*out));
}

void Reader::ReadSecretFile(std::string_view key, const Node& node, std::string* out) {
    std::string name;
    if (const ConvertError error = Convert(node, name)) return Wrong(key, node, *error);
    std::filesystem::path path(name);
    if (node.origin.line > 0) path = std::filesystem::path(node.origin.source).parent_path() / path;
    std::ifstream in(path, std::ios::binary);
    if (!in) return Wrong(key, node, "cannot read " + path.string());
    *out = {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    out->erase(out->find_last_not_of("\r\n") + 1);
    if (out->empty()) Wrong(key, node, path.string() + " is empty");
}

void Reader::Replaced(std::string_view pattern, std::string_view advice) {
    context_->replaced.push_back({path_, std::string(pattern), std::string(advice)});
}

void Reader::Fail(std::string_view key, std::string_view message) {
    const Node* node = Lookup(key);
    context_->Fail(node ? node->origin : origin_, PathOf(key), message);
}

void Reader::Missing(std::string_view key) {
    context_->Fail(origin_, PathOf(key), "is required but not set");
}

void Reader::Wrong(std::string_view key, const Node& node, std::string_view what) {
    context_->Fail(node.origin, PathOf(key), what);
}

void Reader::Record(std::string_view key, const Node* node, std::string rendered) {
    context_->values[PathOf(key)] = rendered;
    context_->effective.Add(
        PathOf(key), MaskPassword(std::move(rendered)), node ? node->origin.ToString() : "default"
    );
}

Status Reader::Finish() {
    context_->FindUnknown(*context_->root, "");
    if (context_->errors.empty()) return OkStatus();
    std::string all;
    for (const std::string& error : context_->errors) all += (all.empty() ? "" : "\n") + error;
    return absl::InvalidArgumentError(all);
}

std::string Reader::Effective() const {
    return context_->effective.ToYaml();
}

const Values& Reader::values() const {
    return context_->values;
}

}  // namespace mp::config
