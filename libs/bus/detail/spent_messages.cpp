#include "bus/detail/spent_messages.hpp"

namespace mp::bus::detail {

SpentMessages& SpentMessages::OfThisThread() {
    static thread_local SpentMessages spent;
    return spent;
}

void SpentMessages::Add(natsMsg* message) {
    messages_[count_++] = message;
    bytes_ += static_cast<size_t>(natsMsg_GetDataLength(message));
    if (count_ == kMany || bytes_ >= kManyBytes) GiveBack();
}

void SpentMessages::GiveBack() {
    for (size_t i = 0; i < count_; ++i) natsMsg_Destroy(messages_[i]);
    count_ = 0;
    bytes_ = 0;
}

}  // namespace mp::bus::detail
