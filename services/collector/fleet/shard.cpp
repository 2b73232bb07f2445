#include "collector/fleet/shard.hpp"

#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "registry/rendezvous.hpp"

namespace mp::collector {

uint64_t SymbolHash(std::string_view symbol) {
    return Fnv1a(symbol);
}

Shard::Shard(std::string self, size_t copies) : self_(std::move(self)), copies_(copies) {
    Regard();
}

bool Shard::SetPeers(std::vector<Peer> peers) {
    peers_ = std::move(peers);
    coming_ = std::erase_if(peers_, [](const Peer& peer) { return peer.share.view == kComing; });
    std::sort(peers_.begin(), peers_.end(), [](const Peer& a, const Peer& b) {
        return a.name < b.name;
    });
    return Regard();
}

bool Shard::Leave() {
    leaving_ = true;
    return Regard();
}

bool Shard::Regard() {
    std::vector<std::string> members;
    for (const Peer& peer : peers_) members.push_back(peer.name);
    // Where nobody takes over, whoever leaves collects to its end.
    if (!leaving_ || peers_.empty()) members.push_back(self_);
    std::sort(members.begin(), members.end());
    const bool changed = members != members_;
    members_ = std::move(members);
    view_ = ViewOf();
    return changed;
}

void Shard::SetUniverse(uint64_t hash) {
    universe_ = hash;
    view_ = ViewOf();
}

uint64_t Shard::ViewOf() const {
    uint64_t view = Fnv1a(std::to_string(copies_) + "|" + std::to_string(universe_));
    for (const std::string& member : members_) view = Fnv1a(member, Fnv1a("|", view));
    return view | 2;
}

bool Shard::Owns(const model::Instrument& instrument) const {
    if (peers_.empty()) return true;
    if (leaving_) return false;
    return registry::RendezvousOwns(model::InstrumentKey(instrument), self_, members_, copies_);
}

std::optional<Nanos> Shard::TakenOver(const model::Instrument& instrument) const {
    const std::vector<size_t> owners =
        registry::RendezvousOwners(model::InstrumentKey(instrument), members_, copies_);
    const uint64_t hash = SymbolHash(instrument.symbol);
    Nanos from = 0;
    for (const size_t owner : owners) {
        const Peer* peer = Find(members_[owner]);
        if (peer == nullptr || peer->share.view != view_) return std::nullopt;
        const std::vector<uint64_t>& settling = peer->share.settling;
        if (std::binary_search(settling.begin(), settling.end(), hash)) return std::nullopt;
        from = std::max(from, peer->share.settled_to);
    }
    return from;
}

const Peer* Shard::Find(std::string_view name) const {
    const auto found = std::lower_bound(
        peers_.begin(),
        peers_.end(),
        name,
        [](const Peer& peer, std::string_view wanted) { return peer.name < wanted; }
    );
    return found != peers_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace mp::collector
