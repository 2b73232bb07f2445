#include "bus/message.hpp"

#include <cstdlib>

#include "bus/detail/cnats.hpp"
#include "bus/detail/spent_messages.hpp"

namespace mp::bus {
namespace {

using detail::RawOf;

std::string_view View(const char* text) {
    return text == nullptr ? std::string_view() : text;
}

}  // namespace

void Message::Free::operator()(void* raw) const noexcept {
    detail::SpentMessages::OfThisThread().Add(static_cast<natsMsg*>(raw));
}

std::string_view Message::subject() const noexcept {
    return View(natsMsg_GetSubject(RawOf(*this)));
}

std::string_view Message::reply() const noexcept {
    return View(natsMsg_GetReply(RawOf(*this)));
}

std::string_view Message::payload() const noexcept {
    return {
        natsMsg_GetData(RawOf(*this)), static_cast<size_t>(natsMsg_GetDataLength(RawOf(*this)))};
}

std::optional<std::string_view> Message::header(const char* name) const {
    const char* value = nullptr;
    if (natsMsgHeader_Get(RawOf(*this), name, &value) != NATS_OK) return std::nullopt;
    return View(value);
}

Headers Message::headers() const {
    Headers headers;
    const char** names = nullptr;
    int count = 0;
    if (natsMsgHeader_Keys(RawOf(*this), &names, &count) != NATS_OK) return headers;
    for (int i = 0; i < count; ++i) {
        if (const auto value = header(names[i])) headers.emplace_back(names[i], *value);
    }
    std::free(names);
    return headers;
}

}  // namespace mp::bus
