#pragma once
// 128-bit integers: a compiler extension, named once.

namespace mp {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

}  // namespace mp
