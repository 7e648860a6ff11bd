package collect

import "tributary/internal/flow"

// Odd multipliers that spread an address over 32 bits: neighbouring addresses, and such as differ in
// one octet only, go to different workers.
const (
	shardMix   = 0x9e3779b1 // 2³² divided by the golden ratio (Knuth, TAOCP volume 3, section 6.4)
	shardRemix = 0x85ebca6b // of MurmurHash3's finalizer
)

// shard maps a source to one of so many workers. The kernel runs the same function, written as
// shardProgram: a change here is a change there.
func shard(source flow.Addr, workers int) int {
	h := uint32(source.Lo)
	if !source.Is4() {
		h = uint32(source.Hi >> 32)
		h = h*shardMix ^ uint32(source.Hi)
		h = h*shardMix ^ uint32(source.Lo>>32)
		h = h*shardMix ^ uint32(source.Lo)
	}
	h *= shardMix
	h ^= h >> 15
	h *= shardRemix
	return int(h >> 16 * uint32(workers) >> 16)
}
