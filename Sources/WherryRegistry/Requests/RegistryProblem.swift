import WherryLinux

/// What a client is told where its request cannot be done (distribution-spec, "Error Codes").
package struct RegistryProblem: Error, Sendable, Equatable {
  package enum Code: String, Sendable {
    case blobUnknown = "BLOB_UNKNOWN"
    case blobUploadInvalid = "BLOB_UPLOAD_INVALID"
    case blobUploadUnknown = "BLOB_UPLOAD_UNKNOWN"
    case digestInvalid = "DIGEST_INVALID"
    case manifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN"
    case manifestInvalid = "MANIFEST_INVALID"
    case manifestUnknown = "MANIFEST_UNKNOWN"
    case nameInvalid = "NAME_INVALID"
    case nameUnknown = "NAME_UNKNOWN"
    case sizeInvalid = "SIZE_INVALID"
    case unauthorized = "UNAUTHORIZED"
    case unsupported = "UNSUPPORTED"
    case denied = "DENIED"
    case tooManyRequests = "TOOMANYREQUESTS"
    /// Not of the specification, which has none for failures of the server; docker's registry says so.
    case unknown = "UNKNOWN"
  }

  package var status: Int
  package var code: Code
  package var message: String
  /// Headers the client needs to go on: what may be done here, or how far an upload has come.
  package var headers: [RegistryHeader] = []

  package init(_ status: Int, _ code: Code, _ message: String, headers: [RegistryHeader] = []) {
    self.status = status
    self.code = code
    self.message = message
    self.headers = headers
  }
}

package struct RegistryHeader: Sendable, Equatable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

extension RegistryProblem {
  static let noSpace = RegistryProblem(
    507, .unknown,
    "no space is left in the registry's storage: run wherry registry prune --untagged there, or give it a larger disk"
  )

  /// Of the registry's own storage.
  init(storage error: SystemError) {
    self = error.isNoSpace ? .noSpace : RegistryProblem(500, .unknown, "the registry's storage failed")
  }

  static func name(_ text: some StringProtocol) -> RegistryProblem {
    RegistryProblem(400, .nameInvalid, "invalid repository name \(String(text.prefix(80)).debugDescription)")
  }

  static func digest(_ text: some StringProtocol) -> RegistryProblem {
    RegistryProblem(
      400, .digestInvalid,
      "invalid digest \(String(text.prefix(160)).debugDescription): sha256: or sha512: and their hex digits")
  }

  static func notFound(_ path: some StringProtocol) -> RegistryProblem {
    RegistryProblem(404, .unsupported, "no such endpoint: \(String(path.prefix(120)).debugDescription)")
  }

  static func method(_ allowed: [String]) -> RegistryProblem {
    let list = allowed.joined(separator: ", ")
    return RegistryProblem(
      405, .unsupported, "only \(list) can be done here", headers: [RegistryHeader("Allow", list)])
  }
}
