# What the fixtures use of nixpkgs. The functions that pull images say on standard error what they are given, and for
# which system, instead of pulling.
{ system ? builtins.currentSystem, overlays ? [ ], ... }:
let
  lib = import ./lib;
  platform = {
    inherit system;
    isx86_64 = system == "x86_64-linux";
    isAarch64 = system == "aarch64-linux";
    isAarch32 = false;
    isx86_32 = false;
    isi686 = false;
    isx86 = system == "x86_64-linux";
    isArm = false;
    isLinux = true;
    isDarwin = false;
    is64bit = true;
    is32bit = false;
    isRiscV64 = false;
    isRiscV = false;
    parsed.cpu.name = builtins.head (lib.splitString "-" system);
    parsed.kernel.name = "linux";
    linuxArch = if system == "x86_64-linux" then "x86_64" else "arm64";
    qemuArch = builtins.head (lib.splitString "-" system);
    config = "${builtins.head (lib.splitString "-" system)}-unknown-linux-gnu";
    uname = { system = "Linux"; processor = builtins.head (lib.splitString "-" system); };
    go = goPlatform;
  };
  goPlatform = { GOOS = "linux"; GOARCH = if system == "x86_64-linux" then "amd64" else "arm64"; };

  # What stands for any derivation; `passed` is what it was made from.
  derivationOf =
    name: passed:
    let
      self = {
        type = "derivation";
        inherit name passed;
        outPath = "/nix/store/00000000000000000000000000000000-${name}";
        override = _: self;
        overrideAttrs = change: self // { passed = [ passed (if builtins.isFunction change then { } else change) ]; };
      };
    in
    self;

  say =
    callee: arguments: result:
    builtins.trace "dockpin:${builtins.toJSON { inherit callee system; arguments = (import ./described.nix) arguments; }}" result;

  pull =
    callee: arguments:
    say callee arguments (
      derivationOf "image.tar" null
      // rec {
        imageName = arguments.finalImageName or arguments.imageName or "stub";
        imageTag = arguments.finalImageTag or "latest";
        destNameTag = "${imageName}:${imageTag}";
      }
    );

  nix2container = {
    pullImage = pull "nix2container.pullImage";
    pullImageFromManifest = pull "nix2container.pullImageFromManifest";
    buildImage = derivationOf "container-image";
    buildLayer = derivationOf "layer";
  };

  packages = {
    inherit lib system nix2container;
    n2c = nix2container;
    inherit (nix2container) pullImageFromManifest;
    pkgs = packages;
    stdenv = platform // {
      hostPlatform = platform;
      buildPlatform = platform;
      targetPlatform = platform;
      mkDerivation = derivationOf "package";
    };
    hostPlatform = platform;
    targetPlatform = platform;
    buildPlatform = platform;
    go = goPlatform;
    dockerTools = {
      pullImage = pull "dockerTools.pullImage";
      buildImage = derivationOf "image";
      buildLayeredImage = derivationOf "layered-image";
      streamLayeredImage = derivationOf "stream-image";
      exportImage = derivationOf "exported-image";
      examples = { };
    };
    testers.invalidateFetcherByDrvHash = function: arguments: function arguments;
    callPackage =
      file: changes:
      let
        function = if builtins.isFunction file then file else import file;
      in
      lib.makeOverridable function (builtins.intersectAttrs (builtins.functionArgs function) packages // changes);
    callPackages = packages.callPackage;
    newScope = extra: file: changes: packages.callPackage file (extra // changes);
    runCommand = name: environment: script: derivationOf name [ environment script ];
    runCommandLocal = packages.runCommand;
    writeText = name: text: derivationOf name text;
    writeShellScriptBin = name: text: derivationOf name text;
    writeShellApplication = arguments: derivationOf arguments.name arguments;
    linkFarm = name: entries: derivationOf name entries;
    symlinkJoin = arguments: derivationOf arguments.name arguments;
    buildEnv = arguments: derivationOf arguments.name arguments;
    buildGoModule = derivationOf "go-module";
    fetchurl = derivationOf "fetched";
    fetchFromGitHub = derivationOf "source";
    mkShell = derivationOf "shell";
    hello = derivationOf "hello" null;
    bash = derivationOf "bash" null;
    coreutils = derivationOf "coreutils" null;
    skopeo = derivationOf "skopeo" null;
    pkgsCross.aarch64-multiplatform = if system == "aarch64-linux" then packages else import ./. { system = "aarch64-linux"; };
    pkgsStatic = packages;
    extend = overlay: packages // overlay packages packages;
    appendOverlays = builtins.foldl' (set: overlay: set // overlay set set) packages;
  };
in
builtins.foldl' (set: overlay: set // overlay set set) packages overlays
