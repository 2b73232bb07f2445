#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"

namespace mp::sim {

// One line of a capture: what a recorder saw, `raw` byte for byte as it came.
struct CaptureLine {
    std::string exchange;
    std::string market;
    std::string channel;
    std::string data_type;
    std::string transport;      // ws | rest
    std::string url_or_stream;  // empty where the recorder did not know it
    std::string direction;      // in | out | event
    std::string raw;
    std::int64_t recv_ns = 0;  // 0 where unknown
};

Result<CaptureLine> ParseCaptureLine(std::string_view json);

// The capture files of a path: the file itself, or those of a folder (*.jsonl, and *.jsonl.zst as
// collectors write them). Oracles that lie beside
// captures (*.expected.jsonl, *.book_checkpoints.jsonl) are left out.
Result<std::vector<std::string>> CaptureFiles(const std::string& path);

// The exchanges whose messages came by WebSocket in a file.
std::set<std::string> ExchangesOf(const std::string& file);

// The file beside a capture that holds `what` of the same day: <name>_<what>_<date>.jsonl beside
// <name>_<date>.jsonl. Empty where there is none.
std::string SiblingOf(const std::string& file, std::string_view what);

int YearOf(std::int64_t millis);
// That one instrument was recorded in two years; its sessions must not be mixed.
Status DifferentYears(const std::string& symbol, int first, const std::string& file, int year);

struct CaptureFile {
    std::string name;
    std::vector<CaptureLine> lines;  // in order
};

// The files of a path, and what lies beside a single one (see SiblingOf). An unreadable line fails
// with its number.
Result<std::vector<CaptureFile>> ReadCaptures(const std::string& path, std::string_view beside);

}  // namespace mp::sim
