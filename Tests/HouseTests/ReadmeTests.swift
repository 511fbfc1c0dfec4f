import Testing

/// Laws whose row in the README names another test than there is, or none, and modules that the README does not show.
///
/// A law's test is a file `L4NewWeightsCompileNothing.swift` somewhere in `Tests`; its row ends in that name.
func readmeViolations(_ readme: String, files: [RepositoryFile]) -> [Violation] {
    let lines = readme.split(separator: "\n")
    var violations: [Violation] = []
    for law in 1...10 {
        let row = lines.first { $0.hasPrefix("| L\(law) ") } ?? ""
        let tests = files.filter { $0.path.hasPrefix("Tests/") && $0.isSwift && isTest($0.name, ofLaw: law) }.map {
            String($0.name.dropLast(6))
        }
        let named = Set(row.split(separator: "`").map(String.init).filter { isTest($0, ofLaw: law) })
        if row.isEmpty { violations.append(Violation("README.md", "law L\(law) has no row")) }
        for test in Set(tests).symmetricDifference(named).sorted() {
            violations.append(Violation("README.md", "the row of L\(law) and the tests disagree about \(test)"))
        }
    }
    let modules = Set(files.filter { $0.path.hasPrefix("Sources/") }.compactMap(\.target))
    for module in modules.sorted() where !readme.contains("`\(module)`") {
        violations.append(Violation("README.md", "\(module) is not in the layout of the repository"))
    }
    return violations
}

private func isTest(_ name: String, ofLaw law: Int) -> Bool {
    name.hasPrefix("L\(law)") && name.dropFirst("L\(law)".count).first?.isUppercase == true
}

@Suite struct ReadmeTests {
    @Test func `The README names the test of each law and every module`() throws {
        let readme = try #require(Repository.current.files.first { $0.path == "README.md" }?.text)
        let violations = readmeViolations(readme, files: Repository.current.files)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `A law without its test, a test without its law and an unknown module are found`() {
        let rows = (1...9).map { "| L\($0) law | promise | `L\($0)Seed` |\n" }.joined()
        let tests = (2...10).map { RepositoryFile("Tests/LawTests/L\($0)Seed.swift", "") }
        let messages = readmeViolations(rows, files: tests + [RepositoryFile("Sources/PT2/Zip.swift", "")]).map(\.message)
        #expect(
            messages == [
                "the row of L1 and the tests disagree about L1Seed", "law L10 has no row",
                "the row of L10 and the tests disagree about L10Seed",
                "PT2 is not in the layout of the repository",
            ])
    }
}
