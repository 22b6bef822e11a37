/// What precedes an entry's content, as it was found.
struct TarHeaders {
  /// The last block, which is the entry's own.
  var block: [UInt8] = []
  /// Of a pax header, in their order.
  var records: [(key: String, value: [UInt8])] = []
  /// Of GNU's headers.
  var longName: [UInt8]?
  var longLink: [UInt8]?
  /// Bytes that follow as content of a regular file.
  var contentSize: UInt64 = 0
  /// Whether nothing else was said: no sparse map, no global header.
  var isPlain = true
}

/// Tells headers and padding of a tar archive from the content of its files, without understanding more than that. Pure.
struct TarScanner {
  enum Part {
    case literal(ArraySlice<UInt8>)
    /// Content of a regular file, whose headers begin at `start`.
    case content(start: UInt64, size: UInt64)
    /// The content's bytes, which follow `content`.
    case data(UnsafeRawBufferPointer)
    /// The last block of an entry's headers was given out.
    case entry(TarHeaders)
  }

  private static let maximumExtended: UInt64 = 1 << 20

  private enum State {
    case header
    /// More blocks of an old GNU sparse file's map; then its content.
    case sparseMap(size: UInt64)
    /// Passed on as it is; the first `captured` bytes of extended headers are looked at.
    case literal(rest: UInt64)
    case extended(rest: UInt64, kind: UInt8)
    case content(rest: UInt64, padding: UInt64)
    /// After the archive's end.
    case tail
  }

  private var state = State.header
  private var position: UInt64 = 0
  private var block: [UInt8] = []
  private var records: [UInt8] = []
  private var headers = TarHeaders()
  private var emptyBlocks = 0
  /// Of the entry that is being read.
  private var start: UInt64?
  private var size: UInt64?
  private var isSparse = false
  /// What comes is not a tar archive that this understands.
  private(set) var isLost = false

  /// Behind the archive's last entry.
  var isAtTail: Bool {
    if case .tail = state { return true }
    return false
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ emit: (Part) -> Void) {
    var rest = bytes[...]
    while !rest.isEmpty, !isLost {
      switch state {
      case .header, .sparseMap:
        let part = rest.prefix(512 - block.count)
        block.append(contentsOf: part)
        advance(&rest, part.count)
        guard block.count == 512 else { continue }
        emit(.literal(block[...]))
        if case .sparseMap(let size) = state {
          state = block[504] != 0 ? .sparseMap(size: size) : after(literal: size)
          if block[504] == 0 { endEntry() }
        } else {
          header(emit)
        }
        block.removeAll(keepingCapacity: true)
      case .literal(let left):
        let part = rest.prefix(Int(clamping: left))
        emit(.literal(Array(part)[...]))
        advance(&rest, part.count)
        let more = left - UInt64(part.count)
        state = more == 0 ? .header : .literal(rest: more)
      case .extended(let left, let kind):
        let part = Array(rest.prefix(Int(clamping: left)))
        emit(.literal(part[...]))
        records += part
        advance(&rest, part.count)
        let more = left - UInt64(part.count)
        state = .extended(rest: more, kind: kind)
        if more == 0 {
          switch kind {
          case UInt8(ascii: "x"): readRecords()
          case UInt8(ascii: "L"): headers.longName = records
          case UInt8(ascii: "K"): headers.longLink = records
          default: headers.isPlain = false
          }
          let padding = Self.padding(UInt64(records.count))
          records = []
          state = padding == 0 ? .header : .literal(rest: padding)
        }
      case .content(let left, let padding):
        let count = min(rest.count, Int(clamping: left))
        emit(.data(UnsafeRawBufferPointer(rebasing: rest.prefix(count))))
        advance(&rest, count)
        let more = left - UInt64(count)
        if more > 0 {
          state = .content(rest: more, padding: padding)
        } else {
          state = padding == 0 ? .header : .literal(rest: padding)
        }
      case .tail:
        emit(.literal(Array(rest)[...]))
        advance(&rest, rest.count)
      }
    }
  }

  private mutating func advance(_ rest: inout Slice<UnsafeRawBufferPointer>, _ count: Int) {
    rest = rest.dropFirst(count)
    position += UInt64(count)
  }

  private mutating func header(_ emit: (Part) -> Void) {
    if block.allSatisfy({ $0 == 0 }) {
      emptyBlocks += 1
      if emptyBlocks == 2 { state = .tail }
      return
    }
    emptyBlocks = 0
    let begin = start ?? position - 512
    start = begin
    guard let own = Self.number(block[124..<136]) else {
      isLost = true
      return
    }
    switch block[156] {
    case UInt8(ascii: "x"), UInt8(ascii: "g"):
      guard own <= Self.maximumExtended else {
        isLost = true
        return
      }
      state = own == 0 ? .header : .extended(rest: own, kind: block[156])
      return
    case UInt8(ascii: "L"), UInt8(ascii: "K"):
      headers.isPlain = headers.isPlain && own <= Self.maximumExtended
      let isKept = (1...Self.maximumExtended).contains(own)
      state = isKept ? .extended(rest: own, kind: block[156]) : after(literal: own)
      return
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      let length = size ?? own
      emitHeaders(length, emit)
      if length > 0, !isSparse {
        emit(.content(start: begin, size: length))
        state = .content(rest: length, padding: Self.padding(length))
      } else {
        state = after(literal: length)
      }
    case UInt8(ascii: "S"):
      emitHeaders(nil, emit)
      if block[482] != 0 {
        state = .sparseMap(size: size ?? own)
        return
      }
      state = after(literal: size ?? own)
    case UInt8(ascii: "1")...UInt8(ascii: "6"):
      // Whether something follows is read differently by different programs.
      isLost = (size ?? own) > 0
      emitHeaders(0, emit)
      state = .header
    default:
      emitHeaders(nil, emit)
      state = after(literal: size ?? own)
    }
    endEntry()
  }

  /// A nil `length` says that what follows is no plain content.
  private mutating func emitHeaders(_ length: UInt64?, _ emit: (Part) -> Void) {
    headers.block = block
    headers.contentSize = length ?? 0
    headers.isPlain = headers.isPlain && length != nil && !isSparse
    emit(.entry(headers))
    headers = TarHeaders()
  }

  private mutating func endEntry() {
    start = nil
    size = nil
    isSparse = false
  }

  private func after(literal length: UInt64) -> State {
    let (padded, overflow) = length.addingReportingOverflow(Self.padding(length))
    return overflow || padded == 0 ? .header : .literal(rest: padded)
  }

  private mutating func readRecords() {
    var rest = records[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != 0x20 }
      guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count,
        length <= rest.count
      else {
        isLost = true
        return
      }
      let record = rest.prefix(length).dropFirst(digits.count + 1)
      rest = rest.dropFirst(length)
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let key = String(decoding: record[..<equals], as: UTF8.self)
      headers.records.append((key, Array(record[equals...].dropFirst().dropLast())))
      if key.hasPrefix("GNU.sparse") { isSparse = true }
      if key == "size" {
        size = UInt64(String(decoding: record[equals...].dropFirst().dropLast(), as: UTF8.self))
        if size == nil { isLost = true }
      }
    }
  }

  private static func padding(_ size: UInt64) -> UInt64 { (512 - size % 512) % 512 }

  /// Octal, or base 256 where the first bit is set (GNU).
  static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
    guard let first = field.first else { return nil }
    var value: UInt64 = 0
    if first & 0x80 != 0 {
      guard first == 0x80, field.dropFirst().prefix(4).allSatisfy({ $0 == 0 }) else { return nil }
      for byte in field.dropFirst(5) { value = value << 8 | UInt64(byte) }
      return value < 1 << 48 ? value : nil
    }
    for byte in field.drop(while: { $0 == 0x20 || $0 == 0 }).prefix(while: { $0 != 0 && $0 != 0x20 }) {
      guard (0x30...0x37).contains(byte) else { return nil }
      value = value << 3 | UInt64(byte - 0x30)
    }
    return value
  }
}
