// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 mode, and no warning survives.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// The commands are static: loading Swift's own libraries, and relocating what was linked with them, took half the time of a build in which nothing changed.
/// Linked by lld, which does not repeat what glibc has to say of functions that are in those libraries and never called.
/// A target with these settings is no dependency of a test, which links them into one bundle with the library of tests, and that is dynamic.
let standalone: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-executable", "-use-ld=lld", "-l_FoundationCollections", "-l_FoundationCShims"], .when(platforms: [.linux]))
]

func module(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

// The edges between modules are the architecture: HouseTests compares them with the table of floors.
let package = Package(
    name: "reglaze",
    products: [
        .executable(name: "reglaze", targets: ["reglaze"]),
        .library(name: "QueryEngine", targets: ["QueryEngine", "ContentStore", "Basics"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: [
        // ground: a system library
        .systemLibrary(name: "CLMDB", providers: [.apt(["liblmdb-dev"])]),
        // ground: xxHash (Debian's libxxhash-dev, which is a library in a header), one machine-code copy per instruction set
        .target(name: "CXXHash"),
        // ground: the simulator's inner loops, one machine-code copy per instruction set
        .target(name: "CSimulationLoops"),
        // ground: what happens when a page of a mapped file cannot be read. A signal handler, which cannot be written in Swift.
        .target(name: "CLostPages"),
        // ground: toml++ (Debian's libtomlplusplus-dev) behind a C interface: what a Swift package of it imports takes as long to load as all the rest
        .target(name: "CTOML"),
        // ground: the Python package of capture, put beside the executable. A C target, because the accessor that SwiftPM adds to a Swift one links Foundation.
        .target(
            name: "CapturePython", path: "Sources/Capture/Python", sources: ["bundle"], resources: [.copy("reglaze_capture")],
            publicHeadersPath: "bundle"),
        // floor 0
        module("Basics", ["CXXHash", "CLostPages"]),
        // floor 1
        module("QueryEngine", ["Basics"]),
        module("TensorIR", ["Basics"]),
        module("PT2", ["Basics"]),
        module("Machine", ["Basics"]),
        // floor 2
        module("KernelCodegen", ["TensorIR", "Machine", "Basics"]),
        // floor 3
        module("Operators", ["TensorIR", "PT2", "KernelCodegen", "Basics"]),
        // floor 4
        module("GraphPasses", ["Operators", "KernelCodegen", "TensorIR", "PT2", "Basics"]),
        module("Linking", ["KernelCodegen", "TensorIR", "Machine", "Basics"]),
        module("Simulation", ["Machine", "Basics", "CSimulationLoops"]),
        module("Capture", ["PT2", "Basics", "CapturePython"], exclude: ["Python"]),
        module("ContentStore", ["QueryEngine", "CLMDB", "Basics"]),
        // floor 5
        module(
            "Pipeline",
            [
                "GraphPasses", "Linking", "Simulation", "ContentStore", "Capture", "Operators", "KernelCodegen", "TensorIR", "PT2",
                "Machine", "QueryEngine", "Basics", "CTOML",
            ]),
        // floor 6
        .executableTarget(
            name: "reglaze",
            dependencies: [
                "Pipeline", "Capture", "Simulation", "Machine", "QueryEngine", "Basics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict, linkerSettings: standalone),
        // Runs the command as a process, and sees nothing of its inside.
        .executableTarget(
            name: "reglaze-bench",
            dependencies: ["Basics", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),
        tests("BasicsTests", ["Basics", "CXXHash"]),
        tests("LinkingTests", ["Linking", "KernelCodegen", "TensorIR", "Machine", "Basics"]),
        tests("PT2Tests", ["PT2", "Basics"], exclude: ["Cases"]),
        tests("QueryEngineTests", ["QueryEngine", "EngineTestKit", "SiteExample", "ArticleExample", "Basics"]),
        tests("ContentStoreTests", ["ContentStore", "QueryEngine", "EngineTestKit", "StoreTorture", "Basics"]),
        tests("MachineTests", ["Machine", "Basics"]),
        tests("KernelCodegenTests", ["KernelCodegen", "Simulation", "Machine", "Basics"], exclude: ["Cases"]),
        tests("SimulationTests", ["Simulation", "Machine", "Basics"], exclude: ["Reference"]),
        tests("ImportTests", ["GraphPasses", "Operators", "TensorIR", "PT2", "Basics"], exclude: ["Cases"]),
        tests("GraphPassesTests", ["GraphPasses", "Operators", "TensorIR", "Basics"], exclude: ["Cases"]),
        tests("OperatorsTests", ["Operators", "OperatorTestKit", "KernelCodegen", "TensorIR", "Basics"], exclude: ["Golden"]),
        .target(
            name: "OperatorTestKit", dependencies: ["Operators", "TensorIR", "Basics"], path: "Tests/OperatorTestKit", swiftSettings: strict
        ),
        tests("CaptureTests", ["Capture", "Pipeline", "PT2", "Basics"], exclude: ["Python"]),
        tests(
            "LoweringTests",
            [
                "OperatorTestKit", "Operators", "GraphPasses", "Linking", "Simulation", "KernelCodegen", "Machine", "PT2", "TensorIR",
                "Basics",
            ], exclude: ["Core"]),
        tests("NetworkTests", ["Pipeline", "Machine", "Basics"]),
        tests("CommandTests", ["Pipeline", "EngineTestKit", "Basics"]),
        tests("LawTests", ["Pipeline", "ContentStore", "QueryEngine", "Machine", "EngineTestKit", "Basics", "EngineSuite"]),
        tests("WatchTests", ["Pipeline", "QueryEngine", "Machine", "Basics"]),
        tests("HouseTests", []),
        .executableTarget(
            name: "EngineBench", dependencies: ["ContentStore", "QueryEngine", "Basics"], path: "Tests/EngineBench",
            swiftSettings: strict, linkerSettings: standalone),
        .executableTarget(
            name: "SiteExample", dependencies: ["ContentStore", "QueryEngine", "Basics"], path: "Tests/SiteExample", swiftSettings: strict),
        .executableTarget(
            name: "ArticleExample", dependencies: ["ContentStore", "QueryEngine", "Basics"], path: "Tests/ArticleExample",
            swiftSettings: strict),
        .executableTarget(
            name: "EngineSuite", dependencies: ["Pipeline", "ContentStore", "QueryEngine", "Machine", "EngineTestKit", "Basics"],
            path: "Tests/EngineSuite", swiftSettings: strict),
        .target(
            name: "EngineTestKit", dependencies: ["QueryEngine", "Basics"], path: "Tests/EngineTestKit", swiftSettings: strict),
        .executableTarget(
            name: "StoreTorture", dependencies: ["ContentStore", "QueryEngine", "EngineTestKit", "Basics"],
            path: "Tests/StoreTorture", swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)
