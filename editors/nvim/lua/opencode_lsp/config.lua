--- The options: what they are, and which of them are the language server's.

local M = {}

---@class opencode_lsp.Ui
---@field permissions? "notify"|"select" how a permission request is shown when it comes
---@field input? boolean ask for questions with `vim.ui.input`, else in a prompt document
---@field reload? boolean reload unmodified buffers whose file opencode has changed
---@field hunks? boolean signs at changes, and the removed lines above them
---@field answer? string the command that opens the window of the live answer

---@class opencode_lsp.Options
---@field cmd? string[] how to start the language server
---@field ui? opencode_lsp.Ui
---@field server? table the section `server` of the language server's settings
---@field answers? table its section `answers`
---@field permissions? table its section `permissions`
---@field review? table its section `review`

--- The oldest opencode-lsp that this plugin was tested with.
M.MINIMUM = "0.1.0"

--- Their keys are the server's to check: it names unknown ones and wrong types itself.
local sections = { "server", "answers", "permissions", "review" }

---@type opencode_lsp.Ui
local default_ui = {
  permissions = "notify",
  input = true,
  reload = true,
  hunks = true,
  answer = "botright vsplit",
}

--- Whether `setup` was called; `vim.lsp.enable` alone does without.
M.is_set = false
M.cmd = { "opencode-lsp" }
M.ui = vim.deepcopy(default_ui)
--- The language server's settings.
M.settings = {}

local function check_ui(given, problems)
  for key, value in pairs(given) do
    local default = default_ui[key]
    if default == nil then
      table.insert(problems, ("`ui.%s` is not an option"):format(key))
    elseif type(value) ~= type(default) then
      table.insert(problems, ("`ui.%s` must be a %s"):format(key, type(default)))
    elseif key == "permissions" and value ~= "notify" and value ~= "select" then
      table.insert(problems, '`ui.permissions` must be "notify" or "select"')
    else
      M.ui[key] = value
    end
  end
end

--- Takes over what is given; the rest is as by default. Says in one warning what was not taken.
---@param options? opencode_lsp.Options
function M.set(options)
  M.is_set = true
  M.cmd, M.ui, M.settings = { "opencode-lsp" }, vim.deepcopy(default_ui), {}
  local problems = {}
  if options ~= nil and type(options) ~= "table" then
    table.insert(problems, "the options must be a table")
    options = nil
  end
  for key, value in pairs(options or {}) do
    if key == "cmd" then
      if type(value) == "table" and type(value[1]) == "string" then
        M.cmd = value
      else
        table.insert(problems, "`cmd` must be a list of a program and its arguments")
      end
    elseif key == "ui" then
      if type(value) == "table" then
        check_ui(value, problems)
      else
        table.insert(problems, "`ui` must be a table")
      end
    elseif vim.list_contains(sections, key) then
      M.settings[key] = value
    else
      table.insert(problems, ("`%s` is not an option"):format(key))
    end
  end
  if #problems > 0 then
    table.sort(problems)
    require("opencode_lsp.say").warn(table.concat(problems, "; ") .. "; see :help opencode-lsp-options")
  end
end

return M
