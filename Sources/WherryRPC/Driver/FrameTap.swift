/// Sees every message of a connection, encoded, in the order in which this side sends and takes them: for traces and
/// captures. It is called under the connection's lock and must be quick.
package struct FrameTap: Sendable {
  package enum Direction: UInt64, Sendable {
    case sent = 0
    case received = 1
  }

  package let see: @Sendable (Direction, ArraySlice<UInt8>) -> Void

  package init(_ see: @escaping @Sendable (Direction, ArraySlice<UInt8>) -> Void) {
    self.see = see
  }
}
