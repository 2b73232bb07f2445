#pragma once
// Which instruments of one configured market are this collector's, among those that share it: each
// has as owners the `copies` collectors that weigh most for it, so that all compute the same alone
// and little moves when one comes or goes. Pure; not thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "collector/fleet/share.hpp"
#include "model/instrument.hpp"

namespace mp::collector {

// As instruments of one market stand in a Share.
uint64_t SymbolHash(std::string_view symbol);

class Shard {
  public:
    // Alone: everything is its own. `copies`: at least 1.
    Shard(std::string self, size_t copies);

    // The others that share the market now, in any order; those that are coming own nothing yet.
    // True where owners may have changed.
    bool SetPeers(std::vector<Peer> peers);
    // This collector is about to leave: its part is the others', where there are any. True where
    // owners may have changed.
    bool Leave();

    // A hash of all that is to be collected, by whomever: who knows of other instruments sees it
    // otherwise, and nobody relies on him.
    void SetUniverse(uint64_t hash);

    bool Owns(const model::Instrument& instrument) const;
    // Whether every owner of an instrument that is not ours any more says, of the same view as
    // ours, that it flows; then the time from which on, at the latest, they vouch for it.
    std::optional<Nanos> TakenOver(const model::Instrument& instrument) const;

    // Whether it is leaving and only such are there to take over as do not know the venue's
    // instruments yet.
    bool waits() const { return leaving_ && peers_.empty() && coming_ > 0; }

    // Of those who share the market, of `copies` and of the universe; never kComing or kUnsettled.
    uint64_t view() const { return view_; }
    size_t peers() const { return peers_.size(); }

  private:
    bool Regard();
    uint64_t ViewOf() const;
    const Peer* Find(std::string_view name) const;

    const std::string self_;
    const size_t copies_;
    bool leaving_ = false;
    std::vector<Peer> peers_;           // by name; those that own something
    size_t coming_ = 0;                 // the others
    std::vector<std::string> members_;  // who own instruments, by name
    uint64_t universe_ = 0;
    uint64_t view_ = 0;
};

}  // namespace mp::collector
