#pragma once

#include <cstdint>
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

// The capture files of a path: the file itself, or those of a folder. Oracles that lie beside
// captures (*.expected.jsonl, *.book_checkpoints.jsonl) are left out.
Result<std::vector<std::string>> CaptureFiles(const std::string& path);

// All lines of a file, in order. An unreadable line fails with its number.
Result<std::vector<CaptureLine>> ReadCapture(const std::string& file);

}  // namespace mp::sim
