/// An item that has been entered and whose end has not come yet.
struct OpenItem {
  enum Content {
    case items
    case pairs
    /// The chunks of a string of indefinite length.
    case chunks(CBORKind)
  }

  let content: Content
  /// An index of the reader's buffer.
  let start: Int
  /// Nil where `end` ends it.
  let count: UInt64?
  private(set) var done: UInt64 = 0
  /// Of a map: where its last key stands.
  private(set) var key: Range<Int>?

  /// Nil when nothing goes inside the head.
  init?(_ head: CBORHead, start: Int) {
    switch head {
    case .array(let count): (content, self.count) = (.items, count)
    case .map(let count):
      // A count that doubles beyond the integers is beyond the data as well.
      let (items, overflow) = count.multipliedReportingOverflow(by: 2)
      (content, self.count) = (.pairs, overflow ? .max : items)
    case .tag: (content, count) = (.items, 1)
    case .indefiniteArray: (content, count) = (.items, nil)
    case .indefiniteMap: (content, count) = (.pairs, nil)
    case .indefiniteBytes: (content, count) = (.chunks(.bytes), nil)
    case .indefiniteText: (content, count) = (.chunks(.text), nil)
    default: return nil
    }
    self.start = start
  }

  var isComplete: Bool { done == count }

  /// Whether `end` may come next: not in a definite item, and not between key and value.
  var mayEnd: Bool {
    guard count == nil else { return false }
    if case .pairs = content { return done.isMultiple(of: 2) }
    return true
  }

  /// Whether an item with this head may stand inside.
  func admits(_ head: CBORHead) -> Bool {
    guard case .chunks(let kind) = content else { return true }
    switch head {
    case .bytes: return kind == .bytes
    case .text: return kind == .text
    default: return false
    }
  }

  /// Takes note of a whole item inside. Of a map's key, returns the key before it.
  mutating func finished(_ item: Range<Int>) -> (isKey: Bool, previous: Range<Int>?) {
    defer { done += 1 }
    guard case .pairs = content, done.isMultiple(of: 2) else { return (false, nil) }
    defer { key = item }
    return (true, key)
  }
}
