#include "testing/captures.hpp"

#include <cstdlib>
#include <fstream>
#include <simdjson.h>

namespace mp::testing {
namespace {

std::string TextOf(const simdjson::dom::element& line, const char* key) {
    std::string_view text;
    if (line[key].get(text) != simdjson::SUCCESS) return {};
    return std::string(text);
}

CaptureRecord RecordOf(const simdjson::dom::element& line) {
    CaptureRecord record;
    record.exchange = TextOf(line, "exchange");
    record.market = TextOf(line, "market");
    record.channel = TextOf(line, "channel");
    record.data_type = TextOf(line, "data_type");
    record.transport = TextOf(line, "transport");
    record.url = TextOf(line, "url_or_stream");
    record.direction = TextOf(line, "direction");
    record.raw = TextOf(line, "raw");
    int64_t received = 0;
    if (line["recv_ts_ns"].get(received) == simdjson::SUCCESS) record.received_ts = received;
    return record;
}

}  // namespace

std::optional<std::filesystem::path> CapturesRoot() {
    const char* root = std::getenv("MP_CAPTURES");
    if (root == nullptr || *root == '\0') return std::nullopt;
    return std::filesystem::path(root);
}

Result<std::vector<CaptureRecord>> LoadCapture(
    std::string_view file, const std::function<bool(const CaptureRecord&)>& select
) {
    const auto root = CapturesRoot();
    if (!root) return absl::FailedPreconditionError("MP_CAPTURES is not set");
    const std::filesystem::path path = *root / file;
    std::ifstream in(path, std::ios::binary);
    if (!in) return absl::NotFoundError("cannot read " + path.string());

    std::vector<CaptureRecord> records;
    simdjson::dom::parser parser;
    std::string line;
    for (size_t number = 1; std::getline(in, line); ++number) {
        if (line.empty()) continue;
        simdjson::dom::element element;
        if (const auto error = parser.parse(line).get(element)) {
            return absl::DataLossError(
                path.string() + ":" + std::to_string(number) + ": " + simdjson::error_message(error)
            );
        }
        CaptureRecord record = RecordOf(element);
        if (!select || select(record)) records.push_back(std::move(record));
    }
    return records;
}

}  // namespace mp::testing
