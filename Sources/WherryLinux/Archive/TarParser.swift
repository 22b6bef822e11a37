/// Reads tar archives as they come: ustar, pax, and GNU's long names; strict, and bounded whatever the bytes say.
///
/// No input or output: bytes in, events out.
package struct TarParser: Sendable {
  package static let maximumPath = 4096
  static let maximumRecords = 512 << 10

  package enum Event: Sendable, Equatable {
    case entry(TarMember)
    /// Of the last entry; never empty.
    case data(ArraySlice<UInt8>)
    /// The last entry is complete.
    case finished
    /// The archive is; what follows is not looked at.
    case end
  }

  private enum State: Sendable {
    case header
    case extended(type: UInt8)
    case data(left: Int64, padding: Int)
    case padding(Int)
    case ended
  }

  private var state = State.header
  private var pending: [UInt8] = []
  /// How many bytes `pending` needs, padding included.
  private var wanted = TarHeader.size
  /// Of the bytes of an extended header, how many count.
  private var extendedSize = 0
  private var overrides = PaxRecords()

  package init() {}

  package var isEnded: Bool {
    if case .ended = state { return true }
    return false
  }

  /// Takes bytes off `input` up to the next event; nil when it needs more.
  package mutating func next(_ input: inout ArraySlice<UInt8>) throws(TarError) -> Event? {
    while true {
      switch state {
      case .ended:
        input = input.suffix(0)
        return nil
      case .data(let left, let padding):
        if left == 0 {
          state = .padding(padding)
          return .finished
        }
        guard !input.isEmpty else { return nil }
        let count = Int(min(left, Int64(input.count)))
        let data = input.prefix(count)
        input = input.dropFirst(count)
        state = .data(left: left - Int64(count), padding: padding)
        return .data(data)
      case .padding(let left):
        let count = min(left, input.count)
        input = input.dropFirst(count)
        state = left == count ? .header : .padding(left - count)
        if left > count { return nil }
      case .header:
        guard collect(&input) else { return nil }
        if let event = try header() { return event }
      case .extended(let type):
        guard collect(&input) else { return nil }
        try extended(type, Array(pending.prefix(extendedSize)))
        expectHeader()
      }
    }
  }

  /// To be called after the last byte.
  package func finish() throws(TarError) {
    guard isEnded else { throw TarError("the archive ends early") }
  }

  private mutating func collect(_ input: inout ArraySlice<UInt8>) -> Bool {
    let count = min(max(wanted - pending.count, 0), input.count)
    pending += input.prefix(count)
    input = input.dropFirst(count)
    return pending.count >= wanted
  }

  private mutating func expectHeader() {
    state = .header
    pending.removeAll(keepingCapacity: true)
    wanted = TarHeader.size
  }

  private mutating func header() throws(TarError) -> Event? {
    let header = pending
    expectHeader()
    if header.allSatisfy({ $0 == 0 }) {
      state = .ended
      return .end
    }
    let sums = TarHeader.sums(header)
    guard let sum = TarHeader.number(header, TarHeader.checksum), sum == sums.unsigned || sum == sums.signed
    else { throw TarError("this is no tar archive, or a damaged one: a header's checksum is wrong") }
    guard let size = TarHeader.number(header, TarHeader.length), size >= 0, size < 1 << 60 else {
      throw TarError("a header's size is no number")
    }
    let type = header[TarHeader.type]
    switch type {
    case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"):
      guard size <= Self.maximumRecords else {
        throw TarError("an extended header of \(size) bytes is too large")
      }
      extendedSize = Int(size)
      wanted = extendedSize + TarWriter.padding(after: size)
      state = .extended(type: type)
      return nil
    default: break
    }
    let entry = try self.entry(header, type, size)
    overrides = PaxRecords()
    state = .data(left: entry.size, padding: TarWriter.padding(after: entry.size))
    return .entry(entry)
  }

  private mutating func extended(_ type: UInt8, _ bytes: [UInt8]) throws(TarError) {
    switch type {
    case UInt8(ascii: "x"): try overrides.read(bytes)
    case UInt8(ascii: "L"): overrides.path = Array(bytes.prefix { $0 != 0 })
    case UInt8(ascii: "K"): overrides.target = Array(bytes.prefix { $0 != 0 })
    // Defaults for all that follows: nothing that a name or content depends on.
    default: break
    }
  }

  private func entry(_ header: [UInt8], _ type: UInt8, _ size: Int64) throws(TarError) -> TarMember {
    var path = TarHeader.text(header, TarHeader.name)
    let prefix = TarHeader.text(header, TarHeader.prefix)
    // GNU's own format keeps times there.
    if Array(header[TarHeader.magic].prefix(6)) == Array("ustar\u{0}".utf8), !prefix.isEmpty {
      path = prefix + [UInt8(ascii: "/")] + path
    }
    path = overrides.path ?? path
    let kind = try Self.kind(type, isFolder: path.last == UInt8(ascii: "/"))
    var entry = TarMember(path: path, kind: kind, permissions: 0)
    entry.target = overrides.target ?? TarHeader.text(header, TarHeader.target)
    guard !path.isEmpty, path.count <= Self.maximumPath, entry.target.count <= Self.maximumPath,
      !path.contains(0), !entry.target.contains(0)
    else { throw TarError("a path is empty, holds a zero byte or is longer than \(Self.maximumPath) bytes") }
    func number(_ field: TarHeader.Field, _ override: Int64? = nil) throws(TarError) -> Int64 {
      if let override { return override }
      guard let number = TarHeader.number(header, field) else {
        throw TarError("the header of \(path.pathText) has a field that is no number")
      }
      return number
    }
    entry.permissions = UInt32(truncatingIfNeeded: try number(TarHeader.mode)) & 0o7777
    entry.userID = UInt32(clamping: try number(TarHeader.userID, overrides.userID))
    entry.groupID = UInt32(clamping: try number(TarHeader.groupID, overrides.groupID))
    entry.modified = FileTime(seconds: try number(TarHeader.modified, overrides.modified))
    entry.attributes = overrides.attributes
    // Links, folders and nodes have no content, whatever their header says.
    if kind == .regular { entry.size = overrides.size ?? size }
    if kind == .characterDevice || kind == .blockDevice {
      entry.major = UInt32(clamping: try number(TarHeader.major))
      entry.minor = UInt32(clamping: try number(TarHeader.minor))
    }
    return entry
  }

  private static func kind(_ type: UInt8, isFolder: Bool) throws(TarError) -> TarMember.Kind {
    switch type {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): return isFolder ? .directory : .regular
    case UInt8(ascii: "1"): return .hardLink
    case UInt8(ascii: "2"): return .symbolicLink
    case UInt8(ascii: "3"): return .characterDevice
    case UInt8(ascii: "4"): return .blockDevice
    case UInt8(ascii: "5"): return .directory
    case UInt8(ascii: "6"): return .fifo
    default:
      throw TarError(
        "the archive has a member of type \(type), which is not taken (sparse files are of that kind)")
    }
  }
}
