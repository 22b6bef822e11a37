import WherryModel

/// Adds up a counter of the kernel's that begins anew with each boot, or with each control group.
package struct WearCounter: Sendable, Hashable {
  /// All that was counted.
  package var total: UInt64 = 0
  /// Which of the kernel's counters was read last; nil before the first.
  package var epoch: String?
  /// What it said.
  package var last: UInt64 = 0

  package init() {}

  /// `epoch` names the counter: the boot, and in it the group or the process. The first one of all counts from zero
  /// where it is ours alone from its beginning; else what it has so far is somebody else's.
  package mutating func read(_ value: UInt64, epoch: String, isOursFromBeginning: Bool) {
    var grown = value
    if self.epoch == epoch {
      // Going backwards, it began anew without another name.
      grown = value >= last ? value - last : value
    } else if self.epoch == nil, !isOursFromBeginning {
      grown = 0
    }
    add(grown)
    self.epoch = epoch
    last = value
  }

  /// Bytes that no counter of the kernel's has.
  package mutating func add(_ bytes: UInt64) {
    total = .saturatingSum(total, bytes)
  }
}
