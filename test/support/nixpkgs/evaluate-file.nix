# Evaluates all of a file, whatever it is: an expression, a package, an overlay, a module, a flake. Says on standard error
# which attribute sets of its value describe an image.
{ file, system }:
let
  lib = import ./lib;
  inherit (import ./environment.nix { inherit system; }) environment inputs stub given;

  # What a function is given by those that call such files.
  argumentsOf =
    function:
    let
      formals = builtins.functionArgs function;
      needed = lib.filterAttrs (name: hasDefault: !hasDefault || environment ? ${name}) formals;
    in
    if formals == { } then environment else builtins.mapAttrs (name: _: given name) needed;

  isModule = value: builtins.isFunction value && builtins.functionArgs value ? config;

  valueOf =
    depth: value:
    if isModule value || (builtins.isAttrs value && value ? imports) then
      lib.evalModules { modules = [ value ]; specialArgs = (if builtins.isFunction value then stubsFor value else { }) // environment; }
    else if builtins.isFunction value && depth > 0 then
      valueOf (depth - 1) (value (argumentsOf value))
    else if builtins.isAttrs value && builtins.isFunction (value.outputs or null) then
      let
        outputs = value.outputs (given // (if formals == { } || formals ? self then { self = outputs // { inherit inputs; }; } else { }));
        given = if formals == { } then inputs else stubsFor value.outputs // builtins.intersectAttrs formals inputs;
        formals = builtins.functionArgs value.outputs;
      in
      builtins.mapAttrs (
        name: output: if builtins.elem name [ "overlays" "nixosModules" "homeModules" ] then builtins.mapAttrs (_: valueOf 2) output else output
      ) outputs
    else
      value;

  stubsFor = function: builtins.mapAttrs (_: _: stub) (builtins.functionArgs function);

  isImage = value: value ? imageDigest || (value ? imageName && value ? finalImageTag);

  say = value: builtins.trace "dockpin:${builtins.toJSON { callee = null; inherit system; arguments = (import ./described.nix) value; }}";

  # Forces all of a value, but for what fails and what is too deep.
  walk =
    depth: value:
    let
      tried = builtins.tryEval value;
      inner = builtins.foldl' (done: one: builtins.seq (walk (depth - 1) one) done) true;
    in
    if depth == 0 || !tried.success then
      true
    else if builtins.isAttrs value && !(value ? __functor) then
      (if isImage value && value.type or null != "derivation" then say value else (done: done)) (inner (builtins.attrValues value))
    else if builtins.isList value then
      inner value
    else
      true;
in
walk 14 (valueOf 3 (import file))
