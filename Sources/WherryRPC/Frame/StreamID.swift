/// One call's number on its connection: odd when opened by the side that dialled, even from 2 by the other.
package struct StreamID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// No stream: what `going-away` names when no request was served.
  package static let none = StreamID(rawValue: 0)

  package static func < (left: StreamID, right: StreamID) -> Bool { left.rawValue < right.rawValue }

  package var description: String { String(rawValue) }
}

/// Which end of a connection this side is. Decides nothing but who opens which stream numbers.
package enum ConnectionSide: Sendable, Hashable, CaseIterable {
  case dialler
  case acceptor

  package var other: ConnectionSide { self == .dialler ? .acceptor : .dialler }

  /// The lowest stream number this side opens.
  var firstStream: StreamID { StreamID(rawValue: self == .dialler ? 1 : 2) }

  /// Whether this side is the one that opens `stream`.
  func opens(_ stream: StreamID) -> Bool {
    stream != .none && (stream.rawValue % 2 == 1) == (self == .dialler)
  }
}
