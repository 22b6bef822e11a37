import WherryRPC

extension Fuzz {
  /// The message decoder: what is accepted is deterministic CBOR, so it is what is written again, except
  /// for keys of a newer peer.
  static func messages(_ input: [UInt8]) -> String? {
    do throws(ProtocolViolation) {
      let message = try Message(frame: input[...])
      let again = message.encoded()
      if again.count > input.count { return "a message grows" }
      do throws(ProtocolViolation) {
        return try Message(frame: again[...]) == message ? nil : "a message changes"
      } catch {
        return "a message cannot be read again: \(error.reason)"
      }
    } catch {
      return nil
    }
  }
}
