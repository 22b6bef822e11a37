import WherryCBOR
import WherryLinux
package import WherryModel

/// In `boot` of the state folder: the boot in which the state was last used, and whether that ended in order. After one
/// that did not, what is on disk is looked at before it is used.
package struct BootStamp: Sendable, Hashable {
  /// random(4).
  package var boot: String
  /// Written when the device or the daemon that keeps containers was shut down in order.
  package var isClean: Bool
  /// Whether the boot before this one ended otherwise.
  package var isSuspect: Bool

  package init(boot: String, isClean: Bool, isSuspect: Bool) {
    self.boot = boot
    self.isClean = isClean
    self.isSuspect = isSuspect
  }

  /// The stamp of the daemon that begins now; `wasOrderly` is whether the device itself tells of an orderly end. Pure.
  package init(after old: BootStamp?, boot: String, wasOrderly: Bool) {
    self.init(boot: boot, isClean: false, isSuspect: false)
    guard let old else { return }
    isSuspect = old.boot == boot ? old.isSuspect : !(old.isClean || wasOrderly)
  }

  private static func path(_ state: StateDirectory) -> String { state.path + "/boot" }

  /// Nil where there is none. One that is damaged or cannot be read is suspect: the power went while it was written.
  private static func read(_ state: StateDirectory, _ report: (String) -> Void) -> BootStamp? {
    do throws(WherryError) {
      guard let payload = try RecordFile.read(path(state)) else { return nil }
      return try FieldReader.decode(payload, what: "boot stamp") { (fields) throws in
        let boot = try fields.text(1)
        let flags = try fields.uint(2)
        return BootStamp(boot: boot, isClean: flags & 1 != 0, isSuspect: flags & 2 != 0)
      }
    } catch {
      if error.code != .dataLoss { report("read \(path(state)): \(error), taken for one after a power cut") }
      return BootStamp(boot: "", isClean: false, isSuspect: true)
    }
  }

  private func write(_ state: StateDirectory) throws(WherryError) {
    var writer = CBORWriter()
    writer.writeMapHeader(2)
    writer.writeUInt(1)
    writer.writeText(boot)
    writer.writeUInt(2)
    writer.writeUInt((isClean ? 1 : 0) | (isSuspect ? 2 : 0))
    try RecordFile.write(writer.bytes, to: Self.path(state))
  }

  /// Blocks. To be called once, when the daemon starts. Writes only where something changes. No disk that is full or
  /// damaged makes it throw, for the daemon must start on that too: `report` hears of it, and a stamp that cannot be
  /// written holds as long as the daemon runs. Where `wasOrderly` fails, the boot before was not.
  package static func begin(
    _ state: StateDirectory, report: (String) -> Void, wasOrderly: () throws(WherryError) -> Bool
  ) throws(WherryError) -> BootStamp {
    let boot = try WherryError.converting { () throws(SystemError) in try BootID.current() }
    let old = read(state, report)
    var orderly = false
    if let old, old.boot != boot, !old.isClean {
      do throws(WherryError) { orderly = try wasOrderly() } catch {
        report("ask how the boot before this one ended: \(error), taken for a power cut")
      }
    }
    let stamp = BootStamp(after: old, boot: boot, wasOrderly: orderly)
    if stamp != old {
      do throws(WherryError) { try stamp.write(state) } catch {
        report("write \(path(state)): \(error), ignoring")
      }
    }
    return stamp
  }

  /// Blocks. The device is shut down in order, and no daemon runs any more. What no daemon of this boot has used says of
  /// the boot before what it said.
  package static func endOfBoot(_ state: StateDirectory, report: (String) -> Void) throws(WherryError) {
    let boot = try WherryError.converting { () throws(SystemError) in try BootID.current() }
    guard let stamp = read(state, report), stamp.boot == boot, !stamp.isClean else { return }
    try stamp.end(state)
  }

  /// Blocks. The daemon that keeps the containers ends in order.
  package func end(_ state: StateDirectory) throws(WherryError) {
    var stamp = self
    stamp.isClean = true
    try stamp.write(state)
  }
}

/// What wtmp(5) says of the boot before this one.
package enum ShutdownLog {
  /// utmp(5) of glibc on 64-bit machines.
  private static let width = 384
  private static let line: Range<Int> = 44..<76

  /// True where systemd noted an orderly shutdown; false where it did not, and where nobody keeps such notes. Pure.
  package static func wasOrderly(_ bytes: [UInt8]) -> Bool {
    var isBefore = false
    var end = bytes.count - bytes.count % width
    while end >= width {
      let entry = bytes[(end - width)..<end]
      end -= width
      let type = Int(entry[entry.startIndex]) | Int(entry[entry.startIndex + 1]) << 8
      let user = entry.dropFirst(line.lowerBound).prefix(line.count).prefix { $0 != 0 }
      switch (type, String(decoding: user, as: UTF8.self)) {
      case (2, _):
        // The second from the end is the boot before.
        if isBefore { return false }
        isBefore = true
      case (1, "shutdown"): if isBefore { return true }
      default: break
      }
    }
    return false
  }

  /// Of the file's end, which tells of the last boots however large it has grown.
  private static let tail: Int64 = 4096 * Int64(width)

  /// Of this device. Blocks.
  package static func current(_ path: String = "/var/log/wtmp") throws(WherryError) -> Bool {
    try WherryError.converting("read wtmp") { () throws(SystemError) in
      guard try Files.statusIfPresent(path, following: true) != nil else { return false }
      let file = try FileDescriptor.open(path, [.nonBlocking])
      let size = try file.status().size
      // Whole entries: one that is being written may be at the end.
      let end = size - size % Int64(width)
      var bytes: [UInt8] = []
      while bytes.count < Int(min(end, tail)) {
        let offset = max(0, end - tail) + Int64(bytes.count)
        let part = try file.read(maximum: Int(min(end - offset, 256 << 10)), at: offset)
        if part.isEmpty { break }
        bytes += part
      }
      return wasOrderly(bytes)
    }
  }
}
