#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/capture.hpp"

namespace mp::sim {

// The REST answers of a capture, by what was asked, byte for byte. Only
// captures that say what was asked, as collectors' do, have any.
class RecordedAnswers {
  public:
    struct Answer {
        std::string body;
        std::int64_t recv_ns = 0;
    };

    // Lines that are no such answer are passed over.
    void Add(const CaptureLine& line);

    // The next answer to the request, in recorded order; the last one is given
    // again to whoever asks on. Null where there is none, and for books: which of
    // them fits depends on where a replay is.
    const Answer* Next(std::string_view target);
    // When this body was received in answer to the request; 0: it is none that
    // was recorded.
    std::int64_t ReceivedAt(std::string_view target, std::string_view body) const;

  private:
    struct Track {
        std::vector<Answer> answers;
        std::size_t given = 0;
        bool of_books = false;
    };

    std::map<std::string, Track, std::less<>> tracks_;  // by target
};

}  // namespace mp::sim
