if vim.g.loaded_golsp_mem then
  return
end
vim.g.loaded_golsp_mem = true

-- Commands exist only in buffers that the server is attached to.
vim.api.nvim_create_autocmd('LspAttach', {
  group = vim.api.nvim_create_augroup('golsp_mem', { clear = true }),
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'golsp_mem' then
      require('golsp_mem').attach(event.buf, client)
    end
  end,
})
