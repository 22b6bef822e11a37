import Testing
import WherryModel

@testable import WherryRPC

struct InboxTests {
  /// A byte string of `count` bytes, whose first is `mark`.
  private static func item(_ count: Int, _ mark: UInt8) -> [UInt8] {
    let head: [UInt8] = count < 24 ? [0x40 + UInt8(count)] : [0x59, UInt8(count >> 8), UInt8(count & 0xff)]
    return head + [mark] + [UInt8](repeating: 0, count: count - 1)
  }

  private static func read(_ inbox: inout Inbox) -> [UInt8]? {
    guard case .item(let bytes) = inbox.read() else { return nil }
    return bytes
  }

  @Test func itemsOfAllSizesComeOutAsTheyWentIn() {
    var inbox = Inbox()
    var waiting: [[UInt8]] = []
    var random = SystemRandomNumberGenerator()
    for round in 0..<2000 {
      let size = [1, 5, 23, 300, 4000, 4096, 60_000].randomElement(using: &random) ?? 1
      let item = Self.item(size, UInt8(round & 0xff))
      inbox.append(item)
      waiting.append(item)
      while waiting.count > 40 || (!waiting.isEmpty && Bool.random(using: &random)) {
        #expect(Self.read(&inbox) == waiting.removeFirst())
      }
    }
    inbox.finish(.ended)
    inbox.append(Self.item(1, 1))
    for item in waiting { #expect(Self.read(&inbox) == item) }
    guard case .end = inbox.read() else {
      Issue.record("there is more")
      return
    }
  }

  @Test func whatIsDiscardedIsNotRead() {
    var inbox = Inbox()
    inbox.append(Self.item(5, 1))
    inbox.append(Self.item(60_000, 2))
    inbox.discard(.cancelled)
    guard case .failed(let error) = inbox.read() else {
      Issue.record("there is something")
      return
    }
    #expect(error.code == .cancelled)
  }

  @Test func anEmptyInboxWaits() {
    var inbox = Inbox()
    guard case .wait = inbox.read() else {
      Issue.record("there is something")
      return
    }
  }
}
