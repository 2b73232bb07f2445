#include "exchange-sim/capture.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <zstd.h>

#include <nlohmann/json.hpp>

#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCompressed = ".jsonl.zst";
constexpr unsigned long long kLargestFrame = 1ull << 30;

std::string Text(const nlohmann::json& line, const char* key) {
    const auto member = line.find(key);
    return member != line.end() && member->is_string() ? member->get<std::string>() : "";
}

bool IsCapture(const std::string& name) {
    if (name.ends_with(kCompressed)) return true;
    return name.ends_with(".jsonl") && !name.ends_with(".expected.jsonl") &&
           !name.ends_with(".book_checkpoints.jsonl");
}

// A file's text: as it is, or its zstd frames, each with a checksum. One that ends in the middle of
// a frame, as a crash leaves it, gives those before.
Result<std::string> TextOf(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return absl::NotFoundError(Concat("cannot read ", file));
    std::stringstream stream;
    stream << in.rdbuf();
    std::string bytes = std::move(stream).str();
    if (!file.ends_with(kCompressed)) return bytes;
    std::string text;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const std::size_t size = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
        if (ZSTD_isError(size) != 0) break;
        const auto length = ZSTD_getFrameContentSize(rest.data(), size);
        if (length > kLargestFrame)
            return absl::DataLossError(Concat(file, ": no frame of a capture"));
        const std::size_t before = text.size();
        text.resize(before + length);
        const std::size_t got = ZSTD_decompress(text.data() + before, length, rest.data(), size);
        if (ZSTD_isError(got) != 0) {
            return absl::DataLossError(Concat(file, ": ", ZSTD_getErrorName(got)));
        }
        rest.remove_prefix(size);
    }
    return text;
}

Result<std::vector<CaptureLine>> ReadCapture(const std::string& file) {
    const auto content = TextOf(file);
    if (!content.ok()) return content.status();
    std::istringstream in(*content);
    std::vector<CaptureLine> lines;
    std::string text;
    for (int number = 1; std::getline(in, text); ++number) {
        if (text.empty()) continue;
        auto line = ParseCaptureLine(text);
        if (!line.ok()) return Annotate(line.status(), Concat(file, ":", number));
        lines.push_back(*std::move(line));
    }
    return lines;
}

}  // namespace

Result<CaptureLine> ParseCaptureLine(std::string_view json) {
    const auto line = nlohmann::json::parse(json, nullptr, false);
    if (!line.is_object()) return absl::InvalidArgumentError("no JSON object");
    if (!line.contains("raw")) return absl::InvalidArgumentError("no member \"raw\"");
    CaptureLine parsed{
        Text(line, "exchange"),
        Text(line, "market"),
        Text(line, "channel"),
        Text(line, "data_type"),
        Text(line, "transport"),
        Text(line, "url_or_stream"),
        Text(line, "direction"),
        Text(line, "raw"),
        0};
    const auto time = line.find("recv_ts_ns");
    if (time != line.end() && time->is_number_integer()) parsed.recv_ns = time->get<std::int64_t>();
    return parsed;
}

Result<std::vector<std::string>> CaptureFiles(const std::string& path) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return std::vector<std::string>{path};
    if (!fs::is_directory(path, error)) {
        return absl::NotFoundError(Concat("no such capture: ", path));
    }
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(path, error)) {
        if (entry.is_regular_file() && IsCapture(entry.path().filename())) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    if (files.empty()) return absl::NotFoundError(Concat("no captures in ", path));
    return files;
}

std::set<std::string> ExchangesOf(const std::string& file) {
    std::set<std::string> exchanges;
    std::istringstream in(TextOf(file).value_or(""));
    for (std::string line; std::getline(in, line);) {
        const std::string_view exchange = FindString(line, "exchange");
        if (exchange.empty() || exchanges.contains(std::string(exchange))) continue;
        if (FindString(line, "transport") == "ws") exchanges.emplace(exchange);
    }
    return exchanges;
}

std::string SiblingOf(const std::string& file, std::string_view what) {
    const fs::path path(file);
    const std::string stem = path.stem();
    const std::size_t cut = stem.rfind('_');
    if (cut == std::string::npos) return "";
    const std::string name = Concat(stem.substr(0, cut), "_", what, stem.substr(cut), ".jsonl");
    const fs::path sibling = path.parent_path() / name;
    std::error_code error;
    return fs::exists(sibling, error) ? sibling.string() : "";
}

int YearOf(std::int64_t millis) {
    using namespace std::chrono;
    const auto day = floor<days>(sys_time<milliseconds>(milliseconds(millis)));
    return static_cast<int>(year_month_day(day).year());
}

Status DifferentYears(const std::string& symbol, int first, const std::string& file, int year) {
    return absl::InvalidArgumentError(Concat(
        symbol,
        " was recorded in ",
        first,
        " and, in ",
        file,
        ", in ",
        year,
        ": replay sessions of different years in separate runs"
    ));
}

Result<std::vector<CaptureFile>> ReadCaptures(const std::string& path, std::string_view beside) {
    auto names = CaptureFiles(path);
    if (!names.ok()) return names.status();
    if (names->size() == 1) {
        const std::string sibling = SiblingOf(names->front(), beside);
        if (!sibling.empty()) names->push_back(sibling);
    }
    std::vector<CaptureFile> files;
    for (const std::string& name : *names) {
        auto lines = ReadCapture(name);
        if (!lines.ok()) return lines.status();
        files.push_back({name, *std::move(lines)});
    }
    return files;
}

}  // namespace mp::sim
