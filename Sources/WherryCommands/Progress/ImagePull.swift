import WherryRPC
import WherryWire

/// Has the daemon pull an image and shows how it goes.
struct ImagePull {
  var client: WherryCalls
  var reference: String
  var platform: String?
  var printer: PullPrinter

  func run() async throws -> ImagePullResult {
    let params = ImagePullParams(reference: reference, platform: platform)
    defer { printer.finish() }
    let call = try await client.imagePull(params)
    for try await progress in call.output { printer.update(progress) }
    let result = try await call.result()
    printer.finish(result)
    return result
  }
}
