#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "exchange-sim/frame.hpp"

namespace mp::sim {

// The record of what was sent, one JSON object a line, buffered before the bytes go to a socket.
// Members: seq (of this log), ns (wall clock), what, conn; for frames also n (the frame's number on
// that connection, from 1), stream, symbol, and raw (the bare payload as text) or, with raw text
// switched off, the identifying fields under id. The README describes every `what`.
// One thread. Without a path it records nothing.
class EvidenceLog {
  public:
    EvidenceLog() = default;
    ~EvidenceLog();
    EvidenceLog(const EvidenceLog&) = delete;
    EvidenceLog& operator=(const EvidenceLog&) = delete;

    Status Open(const std::string& path, bool raw);

    // A frame of the market: what is sent | duplicated | reordered | withheld (then conn and n are
    // 0).
    void Market(
        std::string_view what, std::uint64_t connection, std::uint64_t number, const Frame& frame
    );
    // Bytes that are no message of the market.
    void Garbage(
        std::uint64_t connection,
        std::uint64_t number,
        const Frame& near,
        std::string_view variant,
        std::string_view bytes
    );
    // A life-cycle event of a connection; `members` are further JSON members, starting with a
    // comma.
    void Connection(std::string_view what, std::uint64_t connection, std::string_view members);
    void Rest(std::string_view method, std::string_view target, int status, std::string_view body);
    void Note(std::string_view what, std::string_view members);

    void Flush();

  private:
    bool Begin(std::string_view what);
    void Add(std::string_view key, std::int64_t value);
    void Add(std::string_view key, std::string_view text);
    void End();

    int file_ = -1;
    bool raw_ = true;
    std::uint64_t sequence_ = 0;
    std::string buffer_;
};

}  // namespace mp::sim
