-- vim.lsp.enable('golsp_mem') finds this file on the runtime path (Neovim 0.11+).
---@type vim.lsp.Config
return {
  cmd = { 'golsp-mem', 'serve' },
  filetypes = { 'go', 'gomod' },
  -- In order: a module that belongs to a workspace is seen with the whole workspace.
  root_markers = { 'go.work', 'go.mod', '.git' },
  -- Explanations open in a float of ours, not in a file that the server writes.
  init_options = { explain = 'client', problems = 'client', more = ':GolspMem explain' },
  before_init = function()
    require('golsp_mem.status').starting()
  end,
  on_exit = function(code)
    require('golsp_mem.status').ended(code)
  end,
}
