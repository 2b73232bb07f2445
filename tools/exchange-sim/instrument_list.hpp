#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace mp::sim {

// What an exchange lists: made rows, or recorded ones, unchanged. Of an instrument it asks for
// key(), and for RowOf(instrument) where its row is made.
template <typename Instrument>
class InstrumentList {
  public:
    void Add(const Instrument& instrument) {
        entries_.try_emplace(instrument.key(), Entry{instrument, RowOf(instrument)});
    }

    // What is not listed trades on, but is left out of the answers.
    void SetListed(std::string_view key, bool listed) {
        if (listed) {
            unlisted_.erase(std::string(key));
        } else {
            unlisted_.emplace(key);
        }
    }

    // Null where unknown.
    const Instrument* Find(std::string_view key) const {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second.instrument;
    }

  protected:
    struct Entry {
        Instrument instrument;
        std::string json;
    };

    void AddRow(const Instrument& instrument, std::string_view row) {
        entries_.insert_or_assign(instrument.key(), Entry{instrument, std::string(row)});
    }

    // The rows of those that are wanted, separated by commas.
    template <typename Wanted>
    std::string RenderIf(Wanted&& wanted) const {
        std::string out;
        for (const auto& [key, entry] : entries_) {
            if (unlisted_.contains(key) || !wanted(entry.instrument)) continue;
            if (!out.empty()) out += ',';
            out += entry.json;
        }
        return out;
    }

    const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

  private:
    std::map<std::string, Entry, std::less<>> entries_;
    std::set<std::string, std::less<>> unlisted_;
};

}  // namespace mp::sim
