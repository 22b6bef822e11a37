import AsyncHTTPClient
import Crypto
import NIOPosix

enum P { static func a() { _ = HTTPClient.shared; _ = SHA256() } }
