# What files are given from outside, by the usual names, as on a system.
{ system }:
let
  pkgs = import ./. { inherit system; };
  inherit (pkgs) lib;
  allSystems = import ./systems.nix;
  pkgsFor = system: import ./. { inherit system; };

  stub = {
    __functor = _: _: stub;
    __toString = _: "stub";
    outPath = "/nix/store/stub";
  };

  inputs = rec {
    nixpkgs = {
      lib = lib // {
        nixosSystem = { modules, ... }: lib.evalModules { inherit modules; specialArgs = { inherit pkgs lib; }; };
      };
      legacyPackages = lib.genAttrs allSystems pkgsFor;
      outPath = toString ./.;
    };
    nixpkgs-unstable = nixpkgs;
    systems = stub // { outPath = toString ./systems.nix; };
    flake-utils.lib = rec {
      defaultSystems = allSystems;
      inherit allSystems;
      system = lib.genAttrs defaultSystems (name: name);
      eachSystem =
        names: outputsOf:
        builtins.foldl' (
          all: name: lib.recursiveUpdate all (builtins.mapAttrs (_: value: { ${name} = value; }) (outputsOf name))
        ) { } names;
      eachDefaultSystem = eachSystem defaultSystems;
      eachSystemMap = lib.genAttrs;
    };
    flake-parts.lib.mkFlake =
      _: module:
      let
        parts = if builtins.isFunction module then module (environment // { inherit inputs; }) else module;
      in
      (parts.flake or { })
      // {
        perSystem = lib.genAttrs parts.systems (
          name:
          (parts.perSystem or (_: { })) {
            pkgs = pkgsFor name;
            inherit lib;
            system = name;
            config = { };
            self' = { };
            inputs' = builtins.mapAttrs (_: input: { packages = input.packages.${name} or { }; }) inputs;
          }
        );
      };
    nix2container.packages = lib.genAttrs allSystems (name: { inherit (pkgsFor name) nix2container; });
    n2c = nix2container;
    pkgs = nixpkgs.legacyPackages.${system};
  };

  environment = pkgs // {
    inherit inputs;
    inherit (inputs) nixpkgs flake-utils flake-parts;
    self = stub;
    modulesPath = "/modules";
  };

  # What a name stands for that nothing in the file defines.
  given = name: environment.${name} or pkgs.dockerTools.${name} or stub;
in
{ inherit environment inputs stub given; }
