import WherryCBOR
import WherryRPC
import WherryWire

/// One message of a trace: `+0.000123 > 9 B request container-list [1, 1, 22, {}]`.
enum TraceLine {
  static func text(_ direction: FrameTap.Direction, _ message: ArraySlice<UInt8>, at time: Duration) -> String
  {
    let (seconds, attoseconds) = time.components
    let micros = String(attoseconds / 1_000_000_000_000)
    let fraction = String(repeating: "0", count: max(0, 6 - micros.count)) + micros
    let arrow = direction == .sent ? ">" : "<"
    return
      "+\(seconds).\(fraction) \(arrow) \(message.count) B \(name(message)) \(DiagnosticNotation().text(message))"
  }

  /// The message's kind, and of a request its method.
  private static func name(_ message: ArraySlice<UInt8>) -> String {
    var reader = CBORReader(message, strict: false)
    do throws(CBORError) {
      _ = try reader.readArrayHeader()
      guard let kind = Message.Kind(rawValue: try reader.readUInt()) else { return "unknown" }
      guard kind == .request else { return "\(kind)" }
      _ = try reader.readUInt()
      let method = try reader.readUInt()
      return "request \(RPCMethod.numbered(method)?.name ?? String(method))"
    } catch {
      return "malformed"
    }
  }
}
