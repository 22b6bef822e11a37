import WherryCBOR
import WherryRPC
import WherryWire

extension Fuzz {
  typealias Codable = any (CBORDecodable & CBOREncodable & Sendable).Type

  /// What a peer's bytes are decoded into. The first byte of an input picks one.
  static let types: [Codable] = [
    HelloBody.self, ErrorBody.self, SystemVersionResult.self, SystemInfoResult.self, ContainerSpec.self,
    ContainerSummary.self, ContainerDetail.self, ContainerReference.self, ContainerCreateParams.self,
    ContainerCreateResult.self, ContainerStopParams.self, ContainerKillParams.self,
    ContainerRestartParams.self, ContainerRemoveParams.self, ContainerListParams.self,
    ContainerListResult.self, ContainerWaitResult.self, ContainerLogsParams.self, LogEntry.self,
    SessionInput.self, SessionOutput.self, ContainerRunParams.self, ContainerRunResult.self,
    ContainerExecParams.self, ContainerExecResult.self, ContainerRestoreResult.self, PullProgress.self,
    ImagePullParams.self, ImagePullResult.self, ImageImportParams.self, ImageImportResult.self,
    ImportChunk.self, ImageListParams.self, ImageListResult.self, ImageDetail.self,
    ImageInspectParams.self, ImageRemoveParams.self, ImageRemoveResult.self, Nothing.self,
  ]

  /// Generated decoders and the message decoder: what is accepted is deterministic CBOR, so it is what
  /// is written again, except for keys of a newer peer.
  static func messages(_ input: [UInt8]) -> String? {
    guard let first = input.first else { return nil }
    let bytes = Array(input.dropFirst())
    let index = Int(first) % (types.count + 1)
    return index < types.count ? roundTrip(types[index], bytes) : message(bytes)
  }

  private static func roundTrip<Value: CBORDecodable & CBOREncodable>(
    _ type: Value.Type, _ bytes: [UInt8]
  ) -> String? {
    do throws(CBORError) {
      let again = try Value(cbor: bytes).cbor
      if again.count > bytes.count { return "\(type) grows from \(bytes.count) to \(again.count) bytes" }
      let third = try Value(cbor: again).cbor
      return third == again ? nil : "\(type) changes each time it is read and written"
    } catch {
      return error.offset <= bytes.count ? nil : "\(type) fails at \(error.offset) of \(bytes.count) bytes"
    }
  }

  private static func message(_ bytes: [UInt8]) -> String? {
    do throws(ProtocolViolation) {
      let message = try Message(frame: bytes[...])
      let again = message.encoded()
      if again.count > bytes.count { return "a message grows" }
      return try Message(frame: again[...]) == message ? nil : "a message changes"
    } catch {
      return nil
    }
  }
}
