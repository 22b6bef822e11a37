import WherryCBOR
import WherryRPC
import WherryWire

/// One message of a trace: `+0.000123 > 9 B request container-list [1, 1, 22, {}]`. Credentials of registries are not
/// shown.
enum TraceLine {
  /// The key `credential` of the parameters of requests that have one (wherry.cddl).
  private static let credentials: [UInt64: UInt64] = [
    RPCMethod.imagePull.number: 3, RPCMethod.imagePush.number: 2, RPCMethod.imageLogin.number: 2,
    RPCMethod.registryList.number: 4,
  ]

  static func text(_ direction: FrameTap.Direction, _ message: ArraySlice<UInt8>, at time: Duration) -> String
  {
    let (seconds, attoseconds) = time.components
    let micros = String(attoseconds / 1_000_000_000_000)
    let fraction = String(repeating: "0", count: max(0, 6 - micros.count)) + micros
    let arrow = direction == .sent ? ">" : "<"
    let (name, method) = name(message)
    var notation = DiagnosticNotation()
    // The parameters are the fourth element.
    if let method, let key = credentials[method] { notation.hidden = [3, key] }
    return "+\(seconds).\(fraction) \(arrow) \(message.count) B \(name) \(notation.text(message))"
  }

  /// The message's kind, and of a request its method.
  private static func name(_ message: ArraySlice<UInt8>) -> (String, method: UInt64?) {
    var reader = CBORReader(message, strict: false)
    do throws(CBORError) {
      _ = try reader.readArrayHeader()
      guard let kind = Message.Kind(rawValue: try reader.readUInt()) else { return ("unknown", nil) }
      guard kind == .request else { return ("\(kind)", nil) }
      _ = try reader.readUInt()
      let method = try reader.readUInt()
      return ("request \(RPCMethod.numbered(method)?.name ?? String(method))", method)
    } catch {
      return ("malformed", nil)
    }
  }
}
