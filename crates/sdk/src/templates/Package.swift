// swift-tools-version:5.5
import PackageDescription

let package = Package(
    name: "{{module}}",
    platforms: [.iOS(.v13), .macOS(.v10_15), .tvOS(.v13), .watchOS(.v6)],
    products: [.library(name: "{{module}}", targets: ["{{module}}"])],
    targets: [.target(name: "{{module}}", path: "generated-src")]
)
