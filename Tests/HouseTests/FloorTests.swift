import Testing

/// Edges of the manifest that the table of floors does not allow, rows of the table that break its own rule, and folders that are no target.
func floorViolations(_ package: PackageDescription, folders: Set<String>, table: [String: Module] = floors) -> [Violation] {
    var violations: [Violation] = []
    let names = Set(package.targets.map(\.name))
    for (name, row) in table.sorted(by: { $0.key < $1.key }) {
        for imported in row.imports.sorted() where (table[imported]?.floor ?? .max) >= row.floor {
            violations.append(Violation("Tests/HouseTests/Floors.swift", "\(name) is not above \(imported)"))
        }
    }
    for target in package.targets where !target.isTest {
        guard let row = table[target.name] else {
            violations.append(Violation("Package.swift", "\(target.name) has no floor in Tests/HouseTests/Floors.swift"))
            continue
        }
        let allowed = allowedImports(of: target.name, in: table).union(row.products)
        for dependency in target.dependencies.subtracting(allowed).sorted() {
            violations.append(Violation("Package.swift", "\(target.name) must not depend on \(dependency)"))
        }
    }
    for folder in folders.subtracting(names).sorted() {
        violations.append(Violation("Package.swift", "no target is found for the folder \(folder)"))
    }
    return violations
}

/// Imports that the manifest does not declare, so that an edge cannot slip past it, and Foundation below the command.
func importViolations(in file: RepositoryFile, package: PackageDescription) -> [Violation] {
    guard file.isSwift, let text = file.text, let name = file.target else { return [] }
    guard let target = package.targets.first(where: { $0.name == name }) else { return [] }
    let platform: Set<String> = ["Glibc", "Musl", "Synchronization", "FoundationEssentials", "Testing", "Subprocess"]
    let granted = target.dependencies.union(platform).subtracting(target.isTest ? [] : ["Testing", "Subprocess"]).union([name])
    let mayUseFoundation = !file.path.hasPrefix("Sources/") || name == "reglaze"
    return imports(in: SwiftText(text)).compactMap { imported, line in
        if granted.contains(imported) || target.dependencies.contains(imported) { return nil }
        if imported == "Foundation" {
            return mayUseFoundation
                ? nil : Violation(file.path, line: line, "imports Foundation; FoundationEssentials is enough below the command")
        }
        return Violation(file.path, line: line, "\(name) imports \(imported), which its target does not declare")
    }
}

/// The top module of each import declaration: `import Glibc`, `package import Basics`, `import struct TensorIR.Shape`.
private func imports(in text: SwiftText) -> [(module: String, line: Int)] {
    let tokens = text.tokens
    let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
    return tokens.indices.compactMap { index in
        guard tokens[index].text == "import", index + 1 < tokens.count else { return nil }
        // `import` is also a legal argument label and member name.
        guard index == 0 || tokens[index - 1].line < tokens[index].line || tokens[index - 1].text != "." else { return nil }
        let name = kinds.contains(tokens[index + 1].text) && index + 2 < tokens.count ? tokens[index + 2] : tokens[index + 1]
        guard name.line == tokens[index].line, name.text.utf8.first?.isWord == true else { return nil }
        return (name.text, name.line)
    }
}

@Suite struct FloorTests {
    let package: PackageDescription

    init() throws {
        let manifest = try #require(Repository.current.files.first { $0.path == "Package.swift" }?.text)
        package = PackageDescription(manifest: manifest)
    }

    @Test func `Modules depend only on what the table of floors allows`() {
        let folders = Repository.current.folders(in: "Sources")
        #expect(folders.count > 10)
        let violations = floorViolations(package, folders: folders)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `Every import is declared, and Foundation stays in the command`() {
        let violations = Repository.current.swiftFiles.flatMap { importViolations(in: $0, package: package) }
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `The manifest's targets are read with their edges`() {
        let seed = PackageDescription(
            manifest: """
                func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
                    .target(name: name, dependencies: dependencies)
                }
                let package = Package(name: "seed", products: [.library(name: "Library", targets: ["PT2"])], targets: [
                    // module("Ghost", ["Basics"]),
                    module("PT2", ["Basics"]),
                    .executableTarget(
                        name: "reglaze", dependencies: ["Pipeline", .product(name: "ArgumentParser", package: "swift-argument-parser")],
                        swiftSettings: [.define("SEED")]),
                    .systemLibrary(name: "CLMDB", providers: [.apt(["liblmdb-dev"])]),
                    tests("PT2Tests", ["PT2"], exclude: ["Cases"]),
                ])
                """)
        #expect(
            seed.targets == [
                .init(name: "PT2", isTest: false, dependencies: ["Basics"]),
                .init(name: "reglaze", isTest: false, dependencies: ["Pipeline", "ArgumentParser"]),
                .init(name: "CLMDB", isTest: false, dependencies: []),
                .init(name: "PT2Tests", isTest: true, dependencies: ["PT2"]),
            ])
    }

    @Test func `An edge upwards, a sideways edge, an unknown module and a folder without a target are found`() {
        let seed = PackageDescription(
            manifest: """
                module("TensorIR", ["KernelCodegen"]), module("Simulation", ["TensorIR", "Basics"]), module("Extra", []),
                module("PT2", ["TOMLKit"]),
                """)
        let messages = floorViolations(seed, folders: ["TensorIR", "Simulation", "Extra", "PT2", "Forgotten"]).map(\.message)
        #expect(
            messages == [
                "TensorIR must not depend on KernelCodegen", "Simulation must not depend on TensorIR",
                "Extra has no floor in Tests/HouseTests/Floors.swift", "PT2 must not depend on TOMLKit",
                "no target is found for the folder Forgotten",
            ])
    }

    @Test func `A row of the table that imports its own floor or a higher one is found`() {
        let table = ["Low": Module(floor: 0, imports: ["High"]), "High": Module(floor: 1, imports: [])]
        #expect(floorViolations(PackageDescription(manifest: ""), folders: [], table: table).map(\.message) == ["Low is not above High"])
    }

    @Test(arguments: [
        ("import Pipeline", "PT2 imports Pipeline, which its target does not declare"),
        ("@testable import TensorIR", "PT2 imports TensorIR, which its target does not declare"),
        ("package import struct TensorIR.Shape", "PT2 imports TensorIR, which its target does not declare"),
        ("import Testing", "PT2 imports Testing, which its target does not declare"),
        ("import Foundation", "imports Foundation; FoundationEssentials is enough below the command"),
    ])
    func `An undeclared import is found`(source: String, message: String) {
        let seed = PackageDescription(manifest: #"module("PT2", ["Basics"])"#)
        let file = RepositoryFile("Sources/PT2/Seed.swift", "import Basics\nimport Glibc\n\(source)\n")
        #expect(importViolations(in: file, package: seed) == [Violation(file.path, line: 3, message)])
    }
}
