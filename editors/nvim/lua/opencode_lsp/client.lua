--- How the language server is started: in 0.11 and newer by `vim.lsp.enable`, before by an autocommand.

local config = require("opencode_lsp.config")
local say = require("opencode_lsp.say")

local M = {}

local group = vim.api.nvim_create_augroup("opencode_lsp.start", {})

--- What the plugin adds to the configuration of the language server.
---@return table
function M.extension()
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.experimental = vim.tbl_extend("force", capabilities.experimental or {}, {
    opencode = { input = config.ui.input, choose = true, status = true, answer = true },
  })
  -- Required when they are called: most sessions need only some.
  local function handler(name)
    return function(...)
      return require("opencode_lsp." .. name).handle(...)
    end
  end
  return {
    capabilities = capabilities,
    handlers = {
      ["window/showMessageRequest"] = handler("dialogs"),
      ["window/showMessage"] = handler("messages"),
      ["opencode/input"] = handler("input"),
      ["opencode/choose"] = handler("choose"),
      ["opencode/status"] = handler("status"),
      ["opencode/answer"] = handler("answer"),
    },
  }
end

--- What `setup` has set.
local function chosen()
  local settings = next(config.settings) and config.settings or nil
  return {
    cmd = config.cmd,
    init_options = settings,
    settings = settings and { opencode = settings } or nil,
  }
end

--- The configuration of `lsp/opencode.lua` beside this file, which needs no plugin.
local function base()
  local here = vim.fs.dirname(debug.getinfo(1, "S").source:sub(2))
  return dofile(vim.fs.normalize(here .. "/../../lsp/opencode.lua"))
end

local function start_in(bufnr)
  local found = vim.tbl_extend("force", base(), chosen())
  found.name = "opencode"
  local find_root = found.root_dir
  find_root(bufnr, function(root)
    found.root_dir = root
    vim.lsp.start(found, { bufnr = bufnr })
  end)
end

local function start_by_autocommand()
  vim.api.nvim_clear_autocmds({ group = group })
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    callback = function(args)
      start_in(args.buf)
    end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype ~= "" then
      start_in(bufnr)
    end
  end
end

--- Starts the language server for the files that are open and those to come.
---@return boolean
function M.start()
  if vim.fn.executable(config.cmd[1]) == 0 then
    say.error(("`%s` is not a program on the PATH"):format(config.cmd[1]), "see :checkhealth opencode_lsp")
    return false
  end
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.config("opencode", chosen())
    vim.lsp.enable("opencode")
  else
    start_by_autocommand()
  end
  return true
end

--- Starts the language server again after it has ended.
function M.restart()
  if #vim.lsp.get_clients({ name = "opencode" }) > 0 then
    say.info("opencode-lsp is running")
  elseif vim.fn.has("nvim-0.11") == 1 and vim.lsp.is_enabled and not vim.lsp.is_enabled("opencode") then
    M.start()
  elseif vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.enable("opencode", false)
    vim.lsp.enable("opencode")
  else
    M.start()
  end
end

return M
